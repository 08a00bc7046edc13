/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.ringtap.testing.FrameTestbed;
import io.ringtap.testing.HandOverSuite;
import io.ringtap.testing.RequiresTap;

import java.io.IOException;

@RequiresTap
class TapHandOverSuiteTest extends HandOverSuite {
    @Override
    protected FrameTestbed newTestbed() throws IOException {
        return new TapTestbed();
    }
}
