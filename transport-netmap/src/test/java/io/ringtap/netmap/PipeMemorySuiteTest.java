/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap;

import io.ringtap.channel.FrameChannel;
import io.ringtap.testsuite.FrameTestbed;
import io.ringtap.testsuite.MemorySuite;

/** With nothing to lend, so that every frame is copied into memory of the channel's. */
class PipeMemorySuiteTest extends MemorySuite {
    @Override
    protected FrameTestbed newTestbed() {
        return new PipeTestbed(1024) {
            @Override
            public FrameChannel newChannel() {
                FrameChannel channel = super.newChannel();
                channel.config().setOption(NetmapChannelOption.LENT_BUFFERS, 0);
                return channel;
            }
        };
    }
}
