/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap;

import io.ringtap.testsuite.FrameChannelSuite;
import io.ringtap.testsuite.FrameTestbed;
import io.ringtap.testsuite.remote.RequiresFreeBsd;

/** An end of a pipe of FreeBSD keeps the contract of a frame channel. */
@RequiresFreeBsd(memory = true)
class FreeBsdPipeSuiteTest extends FrameChannelSuite {
    @Override
    protected FrameTestbed newTestbed() {
        return PortTestbed.pipe(Netmap.kernel());
    }

    @Override
    protected FrameTestbed newCopyingTestbed() {
        return PortTestbed.pipe(Netmap.kernel()).copying();
    }
}
