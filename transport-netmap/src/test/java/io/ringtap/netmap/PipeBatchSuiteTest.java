/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap;

import io.ringtap.testsuite.BatchSuite;
import io.ringtap.testsuite.FrameTestbed;

class PipeBatchSuiteTest extends BatchSuite {
    @Override
    protected FrameTestbed newTestbed() {
        return new PipeTestbed(32);
    }
}
