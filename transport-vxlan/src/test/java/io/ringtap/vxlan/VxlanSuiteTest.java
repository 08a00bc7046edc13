/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vxlan;

import io.ringtap.testkit.RequiresTap;
import io.ringtap.testsuite.FrameChannelSuite;
import io.ringtap.testsuite.FrameTestbed;

import java.io.IOException;

/** A tunnel keeps the contract of a frame channel. */
@RequiresTap
class VxlanSuiteTest extends FrameChannelSuite {
    @Override
    protected FrameTestbed newTestbed() throws IOException {
        return new VxlanTestbed();
    }
}
