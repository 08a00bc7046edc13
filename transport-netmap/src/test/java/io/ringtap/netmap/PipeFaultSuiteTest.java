/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap;

import io.ringtap.channel.FrameChannel;
import io.ringtap.testsuite.FaultSuite;
import io.ringtap.testsuite.FrameTestbed;

class PipeFaultSuiteTest extends FaultSuite {
    @Override
    protected FrameTestbed newTestbed() {
        return new PipeTestbed(1024) {
            @Override
            public FrameChannel newChannel() {
                FrameChannel channel = super.newChannel();
                // Frames are copied to memory of the allocator, which can fail.
                channel.config().setOption(NetmapChannelOption.LENT_BUFFERS, 0);
                return channel;
            }
        };
    }
}
