/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap;

import io.ringtap.testsuite.FrameChannelSuite;
import io.ringtap.testsuite.FrameTestbed;

/** An end of a netmap pipe fulfils the contract of a frame channel. */
class PipeSuiteTest extends FrameChannelSuite {
    @Override
    protected FrameTestbed newTestbed() {
        return PortTestbed.pipe(Netmap.newEmbedded());
    }

    @Override
    protected FrameTestbed newCopyingTestbed() {
        return PortTestbed.pipe(Netmap.newEmbedded()).copying();
    }
}
