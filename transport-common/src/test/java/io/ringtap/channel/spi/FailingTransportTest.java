/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel.spi;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.ringtap.channel.FrameChannelConfig;
import io.ringtap.virtio.LinkLayer;
import io.ringtap.virtio.VirtioNetHeader;
import io.ringtap.virtio.VirtioNetOffload;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VnetHeaderLength;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.SocketAddress;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;

/** A channel whose transport does something wrong, or something that the channel cannot expect. */
class FailingTransportTest {
    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final StandInChannel.Device device = new StandInChannel.Device();

    /** A transport that fails when it leaves its event loop. */
    private final class FailingChannel extends AbstractFrameChannel {
        private final FrameChannelConfig config = new DefaultFrameChannelConfig(this);

        @Override
        protected FrameDevice openDevice(SocketAddress localAddress) {
            return device;
        }

        @Override
        protected boolean needsDescriptor() {
            return false;
        }

        @Override
        protected void deviceDetached() {
            throw new IllegalStateException("of this test");
        }

        @Override
        public FrameChannelConfig config() {
            return config;
        }

        @Override
        public LinkLayer linkLayer() {
            return LinkLayer.ETHERNET;
        }
    }

    @AfterEach
    void shutDown() throws InterruptedException {
        group.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
    }

    private <C extends AbstractFrameChannel> C bind(C channel) throws InterruptedException {
        new Bootstrap().group(group).channelFactory(() -> channel).handler(new ChannelInboundHandlerAdapter())
            .bind(device.localAddress()).sync();
        return channel;
    }

    @Test
    void aTransportThatFailsToDetachDoesNotKeepTheChannelOpen() throws Exception {
        FailingChannel channel = bind(new FailingChannel());
        assertThat(channel.close().await(10, TimeUnit.SECONDS)).as("the close has ended").isTrue();
        assertThat(channel.isOpen()).isFalse();
        assertThat(channel.device()).as("the device").isNull();
    }

    /** It is called by the handler of I/O events, in which an Error ends the event loop. */
    @Test
    void aDeviceThatFailsToSayItsErrorClosesTheChannelAlone() throws Exception {
        StandInChannel.Device broken = new StandInChannel.Device() {
            @Override
            public IOException failure() {
                throw new InternalError("of this test");
            }
        };
        StandInChannel channel = bind(new StandInChannel(broken));
        channel.eventLoop().submit(() -> broken.listener().failed()).sync();
        assertThat(channel.closeFuture().await(10, TimeUnit.SECONDS)).as("the channel is closed").isTrue();
    }

    @Test
    void theOptionSaysWhatAnOpenDeviceGives() throws Exception {
        VirtioNetOffloads gives = VirtioNetOffloads.of(VirtioNetOffload.CSUM);
        device.set(VirtioNetHeader.of(VnetHeaderLength.MERGEABLE), VirtioNetOffloads.NONE, gives);
        StandInChannel channel = new StandInChannel(device);
        channel.config().setOffloads(VirtioNetOffloads.ALL);
        assertThat(channel.config().getOffloads()).isEqualTo(VirtioNetOffloads.ALL);
        bind(channel);
        assertThat(channel.config().getOffloads()).isEqualTo(gives);
        channel.close().sync();
    }
}
