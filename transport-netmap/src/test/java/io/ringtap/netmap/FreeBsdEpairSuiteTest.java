/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap;

import io.ringtap.testsuite.FrameChannelSuite;
import io.ringtap.testsuite.FrameTestbed;
import io.ringtap.testsuite.remote.RequiresFreeBsd;

import java.io.IOException;

/** An interface of FreeBSD, an epair(4), keeps the contract of a frame channel. */
@RequiresFreeBsd(memory = true)
class FreeBsdEpairSuiteTest extends FrameChannelSuite {
    @Override
    protected FrameTestbed newTestbed() throws IOException {
        return PortTestbed.cards();
    }

    @Override
    protected FrameTestbed newCopyingTestbed() throws IOException {
        return PortTestbed.cards().copying();
    }
}
