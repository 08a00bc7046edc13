/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.ringtap.channel.DeviceDrops;
import io.ringtap.channel.FrameChannelConfig;
import io.ringtap.channel.spi.AbstractFrameChannel;
import io.ringtap.channel.spi.DefaultFrameChannelConfig;
import io.ringtap.channel.spi.DescriptorWaiter;
import io.ringtap.channel.spi.FrameDevice;
import io.ringtap.channel.spi.FrameSink;
import io.ringtap.channel.spi.SignalledReadiness;
import io.ringtap.loop.Readiness;
import io.ringtap.virtio.GsoSegmenter;
import io.ringtap.virtio.LinkLayer;
import io.ringtap.virtio.VirtioNetBackend;
import io.ringtap.virtio.VirtioNetHeader;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VnetHeaderLength;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.EnumSet;
import java.util.concurrent.TimeUnit;

import static io.ringtap.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

/** A port whose device changes what it leaves undone while the bridge runs, as when a guest connects anew. */
@Timeout(60)
class ChangingFormTest {
    private static final SocketAddress ADDRESS = InetSocketAddress.createUnresolved("changing", 1);

    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());
    private final Bridge bridge = Bridge.builder().insideHeader(VnetHeaderLength.MERGEABLE)
        .port("vale9:p{0,driver=embedded").build();

    /** A channel over a device that has no frames and takes all. */
    private static final class Changing extends AbstractFrameChannel {
        private final FrameChannelConfig config = new DefaultFrameChannelConfig(this);
        private final Device device = new Device();

        void change(VirtioNetOffloads offloads) {
            changeBackend(() -> device.offloads = offloads);
        }

        @Override
        protected FrameDevice openDevice(SocketAddress localAddress) {
            return device;
        }

        @Override
        protected boolean needsDescriptor() {
            return false;
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

    private static final class Device implements FrameDevice, SignalledReadiness.Source {
        private volatile VirtioNetOffloads offloads = VirtioNetOffloads.NONE;

        @Override
        public SocketAddress localAddress() {
            return ADDRESS;
        }

        @Override
        public int descriptor() {
            return -1;
        }

        @Override
        public Readiness readiness(EventLoop loop, DescriptorWaiter waiter, Readiness.Listener listener) {
            return new SignalledReadiness(this, loop, listener);
        }

        @Override
        public void onReady(Runnable signal) {
        }

        @Override
        public boolean hasMoreToRead() {
            return false;
        }

        @Override
        public boolean hasRoom() {
            return true;
        }

        @Override
        public int vnetHeaderLength() {
            return VnetHeaderLength.MERGEABLE.bytes();
        }

        @Override
        public VirtioNetHeader vnetHeader() {
            return VirtioNetHeader.of(VnetHeaderLength.MERGEABLE);
        }

        @Override
        public VirtioNetBackend vnetBackend() {
            return new VirtioNetBackend(EnumSet.of(VnetHeaderLength.MERGEABLE), VirtioNetOffloads.ALL, offloads, true);
        }

        @Override
        public void read(FrameSink sink) {
        }

        @Override
        public int write(ByteBuf frame) {
            return WRITTEN;
        }

        @Override
        public void endOfFlush() {
        }

        @Override
        public IOException failure() {
            return new IOException("failed");
        }

        @Override
        public DeviceDrops drops() {
            return DeviceDrops.UNKNOWN;
        }

        @Override
        public void close() {
        }
    }

    @AfterEach
    void close() {
        bridge.close();
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    @Test
    void theOtherPortsSegmentAsLongAsItSendsSuperFrames() throws Exception {
        bridge.open(group).sync();
        Changing channel = new Changing();
        new Bootstrap().group(group).channelFactory(() -> channel).handler(new ChannelInboundHandlerAdapter())
            .bind(ADDRESS).sync();
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
