/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel.spi;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.ringtap.channel.FrameChannelConfig;
import io.ringtap.channel.FrameFrontEnd;
import io.ringtap.loop.Readiness;
import io.ringtap.virtio.LinkLayer;
import io.ringtap.virtio.VirtioNetHeader;
import io.ringtap.virtio.VirtioNetOffload;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VnetHeaderLength;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.SocketAddress;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

import static org.assertj.core.api.Assertions.assertThat;

/** A channel whose transport does something wrong, or something that the channel cannot expect. */
class FailingTransportTest {
    private static final VirtioNetHeader LONG = VirtioNetHeader.of(VnetHeaderLength.MERGEABLE);

    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final StandInChannel.Device device = new StandInChannel.Device();
    private final Queue<Object> seen = new ConcurrentLinkedQueue<>();

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

    /** A readiness may be the transport's own, and an event loop may refuse to end what it was told to wait for. */
    @Test
    void aRegistrationThatFailsToEndDoesNotKeepTheChannelOpen() throws Exception {
        AtomicBoolean closed = new AtomicBoolean();
        StandInChannel channel = bind(new StandInChannel(new StandInChannel.Device() {
            @Override
            public Readiness readiness(EventLoop loop, DescriptorWaiter waiter, Readiness.Listener told) {
                Readiness readiness = super.readiness(loop, waiter, told);
                return new Readiness() {
                    @Override
                    public void want(boolean read, boolean write) {
                        readiness.want(read, write);
                    }

                    @Override
                    public void cancel() {
                        throw new IllegalStateException("of this test");
                    }
                };
            }

            @Override
            public void close() {
                closed.set(true);
                super.close();
            }
        }));
        assertThat(channel.close().await(10, TimeUnit.SECONDS)).as("the close has ended").isTrue();
        assertThat(closed).as("the device is closed").isTrue();
    }

    /** A port with a header, whose front end removes it, and which fails to change into something else. */
    private StandInChannel bindWithFrontEnd(StandInChannel.Device changing) throws InterruptedException {
        changing.set(LONG, VirtioNetOffloads.NONE, VirtioNetOffloads.NONE);
        StandInChannel channel = new StandInChannel(changing);
        new Bootstrap().group(group).channelFactory(() -> channel)
            .handler(FrameFrontEnd.plain(new SimpleChannelInboundHandler<ByteBuf>() {
                @Override
                protected void channelRead0(ChannelHandlerContext ctx, ByteBuf frame) {
                    seen.add(frame.readableBytes());
                }

                @Override
                public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
                    seen.add(String.valueOf(cause.getMessage()));
                }
            })).bind(changing.localAddress()).sync();
        return channel;
    }

    /** Its handlers are taken out before the change. */
    @Test
    void aChangeThatFailsLeavesTheFrontEndAtWork() throws Exception {
        StandInChannel.Device changing = new StandInChannel.Device() {
            @Override
            public StandInChannel.Device set(VirtioNetHeader layout, VirtioNetOffloads takes,
                                             VirtioNetOffloads gives) {
                if (layout.length() == VnetHeaderLength.LEGACY) {
                    throw new IllegalStateException("no such header");
                }
                return super.set(layout, takes, gives);
            }
        };
        StandInChannel channel = bindWithFrontEnd(changing);
        channel.change(VirtioNetHeader.of(VnetHeaderLength.LEGACY), VirtioNetOffloads.NONE, VirtioNetOffloads.NONE);
        channel.eventLoop().submit(() -> changing.deliver(Unpooled.buffer().writeZero(12 + 60))).sync();
        assertThat(seen).containsExactly("no such header", 60);
        channel.close().sync();
    }

    @Test
    void aPortThatFailsToSayWhatItHasBecomeIsClosed() throws Exception {
        AtomicBoolean silent = new AtomicBoolean();
        StandInChannel channel = bindWithFrontEnd(new StandInChannel.Device() {
            @Override
            public VirtioNetHeader vnetHeader() {
                return silent.get() ? null : super.vnetHeader();
            }
        });
        silent.set(true);
        channel.change(LONG, VirtioNetOffloads.NONE, VirtioNetOffloads.NONE);
        assertThat(channel.closeFuture().await(10, TimeUnit.SECONDS)).as("the channel is closed").isTrue();
        assertThat(seen).as("the cause").hasSize(1);
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
