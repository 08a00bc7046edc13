/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.ringtap.testing.FrameTestbed;
import io.ringtap.testing.MemorySuite;
import io.ringtap.testing.RequiresTap;

import java.io.IOException;

@RequiresTap
class TunMemorySuiteTest extends MemorySuite {
    @Override
    protected FrameTestbed newTestbed() throws IOException {
        return new TunTestbed();
    }
}
