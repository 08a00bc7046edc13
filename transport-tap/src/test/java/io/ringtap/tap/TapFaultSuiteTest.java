/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.ringtap.channel.FrameChannel;
import io.ringtap.testkit.RequiresTap;
import io.ringtap.testsuite.FaultSuite;
import io.ringtap.testsuite.FrameTestbed;

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
