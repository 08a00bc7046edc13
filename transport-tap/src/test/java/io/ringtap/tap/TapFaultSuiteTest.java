/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.ringtap.channel.FrameChannel;
import io.ringtap.testing.FaultSuite;
import io.ringtap.testing.FrameTestbed;
import io.ringtap.testing.RequiresTap;

@RequiresTap
class TapFaultSuiteTest extends FaultSuite {
    @Override
    protected FrameTestbed newTestbed() throws Exception {
        return new TapTestbed();
    }

    @Override
    protected void disturb(FrameTestbed testbed, FrameChannel channel) throws Exception {
        ((InterfaceTestbed) testbed).disturb();
    }
}
