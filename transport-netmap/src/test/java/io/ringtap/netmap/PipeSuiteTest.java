/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap;

import io.ringtap.channel.FrameChannel;
import io.ringtap.testsuite.FrameChannelSuite;
import io.ringtap.testsuite.FrameTestbed;

/** An end of a netmap pipe fulfils the contract of a frame channel. */
class PipeSuiteTest extends FrameChannelSuite {
    @Override
    protected FrameTestbed newTestbed() {
        return new PipeTestbed();
    }

    @Override
    protected FrameTestbed newCopyingTestbed() {
        return new PipeTestbed() {
            @Override
            public FrameChannel newChannel() {
                FrameChannel channel = super.newChannel();
                channel.config().setOption(NetmapChannelOption.LENT_BUFFERS, 0);
                return channel;
            }
        };
    }
}
