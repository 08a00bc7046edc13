/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.ringtap.virtio.GsoSegmenter;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VnetHeaderLength;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.concurrent.TimeUnit;

import static io.ringtap.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

/** A port whose device changes what it leaves undone while the bridge runs, as when a guest connects anew. */
@Timeout(60)
class ChangingFormTest {
    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());
    private final Bridge bridge = Bridge.builder().insideHeader(VnetHeaderLength.MERGEABLE)
        .port("vale9:p{0,driver=embedded").build();

    @AfterEach
    void close() {
        bridge.close();
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    @Test
    void theOtherPortsSegmentAsLongAsItSendsSuperFrames() throws Exception {
        bridge.open(group).sync();
        StandInChannel channel = new StandInChannel();
        new Bootstrap().group(group).channelFactory(() -> channel).handler(new ChannelInboundHandlerAdapter())
            .bind(StandInChannel.ADDRESS).sync();
        bridge.addPort(channel, PortOptions.DEFAULT).sync();
        assertThat(segmenter()).isNull();
        channel.change(VirtioNetOffloads.ALL);
        await("the other port segments", () -> segmenter() != null);
        // What the port sends was cut up as it came in, until the other port was ready for it.
        await("nothing is left between", () -> channel.pipeline().get(GsoSegmenter.class) == null);
        channel.change(VirtioNetOffloads.NONE);
        await("it need not any more", () -> segmenter() == null);
    }

    private GsoSegmenter segmenter() {
        return bridge.ports().get(0).channel().pipeline().get(GsoSegmenter.class);
    }
}
