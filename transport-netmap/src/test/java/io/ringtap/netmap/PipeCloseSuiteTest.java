/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap;

import io.ringtap.testsuite.CloseSuite;
import io.ringtap.testsuite.FrameTestbed;

class PipeCloseSuiteTest extends CloseSuite {
    @Override
    protected FrameTestbed newTestbed() {
        return new PipeTestbed(1024);
    }
}
