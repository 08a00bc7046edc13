/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.ringtap.testkit.RequiresTap;
import io.ringtap.testsuite.FrameTestbed;
import io.ringtap.testsuite.MemorySuite;

import java.io.IOException;

@RequiresTap
class TapMemorySuiteTest extends MemorySuite {
    @Override
    protected FrameTestbed newTestbed() throws IOException {
        return new TapTestbed();
    }
}
