/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap;

import io.ringtap.testsuite.FrameChannelSuite;
import io.ringtap.testsuite.FrameTestbed;

/** A port of an embedded switch keeps the contract of a frame channel. */
class ValeSuiteTest extends FrameChannelSuite {
    @Override
    protected FrameTestbed newTestbed() {
        return PortTestbed.vale(Netmap.newEmbedded());
    }

    @Override
    protected FrameTestbed newCopyingTestbed() {
        return PortTestbed.vale(Netmap.newEmbedded()).copying();
    }
}
