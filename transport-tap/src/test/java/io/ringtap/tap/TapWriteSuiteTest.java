/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.ringtap.testing.FrameTestbed;
import io.ringtap.testing.RequiresTap;
import io.ringtap.testing.WriteSuite;

import java.io.IOException;

@RequiresTap
class TapWriteSuiteTest extends WriteSuite {
    @Override
    protected FrameTestbed newTestbed() throws IOException {
        return new TapTestbed();
    }
}
