/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.ringtap.testkit.RequiresTap;
import io.ringtap.testsuite.BackpressureSuite;
import io.ringtap.testsuite.FrameTestbed;

import java.io.IOException;

@RequiresTap
class TunBackpressureSuiteTest extends BackpressureSuite {
    @Override
    protected FrameTestbed newTestbed() throws IOException {
        return new TunTestbed();
    }
}
