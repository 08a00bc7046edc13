/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap;

import io.ringtap.testing.BatchSuite;
import io.ringtap.testing.FrameTestbed;

class PipeBatchSuiteTest extends BatchSuite {
    @Override
    protected FrameTestbed newTestbed() {
        return new PipeTestbed(32);
    }
}
