/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel.spi;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.SingleThreadIoEventLoop;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.ringtap.channel.DeviceEvent;
import io.ringtap.channel.FrameFrontEnd;
import io.ringtap.ethernet.DropReason;
import io.ringtap.ethernet.FrameHandler;
import io.ringtap.ethernet.FrameRefusedException;
import io.ringtap.ethernet.UnbatchingHandler;
import io.ringtap.testkit.PacketBuilder;
import io.ringtap.testkit.TestFrames;
import io.ringtap.virtio.LinkLayer;
import io.ringtap.virtio.VirtioNetBackend;
import io.ringtap.virtio.VirtioNetFeature;
import io.ringtap.virtio.VirtioNetHeader;
import io.ringtap.virtio.VirtioNetHeaderHandler;
import io.ringtap.virtio.VirtioNetOffload;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VnetHeaderLength;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.SocketAddress;
import java.util.EnumSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

import static io.ringtap.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * A front end in a channel with a device: when it negotiates, what it counts, and what it does when the port changes.
 */
class FrontEndOfAChannelTest {
    private static final VirtioNetHeader LONG = VirtioNetHeader.of(VnetHeaderLength.MERGEABLE);
    private static final VirtioNetHeader NONE = VirtioNetHeader.of(VnetHeaderLength.NONE);
    private static final VirtioNetOffloads TCP = VirtioNetOffloads.of(VirtioNetOffload.CSUM, VirtioNetOffload.TSO4);

    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final StandInChannel.Device device = new StandInChannel.Device();
    /** The events of the application, in order. */
    private final Queue<Object> seen = new ConcurrentLinkedQueue<>();

    @AfterEach
    void shutDown() throws InterruptedException {
        group.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
    }

    /** A handler of each channel, which records its events. */
    private ChannelHandler application() {
        return new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel channel) {
                channel.pipeline().addLast(new SimpleChannelInboundHandler<ByteBuf>() {
                    @Override
                    protected void channelRead0(ChannelHandlerContext ctx, ByteBuf frame) {
                        seen.add(frame.readableBytes());
                    }

                    @Override
                    public void channelActive(ChannelHandlerContext ctx) {
                        seen.add("active");
                    }

                    @Override
                    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
                        if (!(event instanceof DeviceEvent.BackendChanging)) {
                            seen.add(event.getClass().getSimpleName());
                        }
                    }
                });
            }
        };
    }

    private StandInChannel bind(StandInChannel channel, ChannelHandler handler) throws InterruptedException {
        new Bootstrap().group(group).channelFactory(() -> channel).handler(handler).bind(device.localAddress()).sync();
        return channel;
    }

    private void onLoop(StandInChannel channel, Runnable task) throws InterruptedException {
        channel.eventLoop().submit(task).sync();
    }

    private static ByteBuf frame(int header, int length) {
        return Unpooled.buffer().writeZero(header).writeBytes(TestFrames.frame(1, length));
    }

    /** The promise of bind is completed before channelActive comes, so that its listener may be the first to write. */
    @Test
    void whoListensToTheBindMayWrite() throws Exception {
        device.set(LONG, TCP, TCP);
        StandInChannel channel = new StandInChannel(device);
        CompletableFuture<List<Object>> whenBound = new CompletableFuture<>();
        new Bootstrap().group(group).channelFactory(() -> channel).handler(FrameFrontEnd.plain(application()))
            .register().sync();
        channel.bind(device.localAddress(), channel.newPromise().addListener(bound -> {
            whenBound.complete(List.copyOf(seen));
            channel.writeAndFlush(frame(0, 60));
        }));
        assertThat(whenBound.get(10, TimeUnit.SECONDS)).doesNotContain("active").contains("Negotiated");
        await("the frame to be written", () -> !device.written.isEmpty() && seen.size() == 2);
        assertThat(device.written).as("with the header of the device").hasSize(1).allMatch(f -> f.length == 72);
        assertThat(seen).containsExactly("Negotiated", "active");
        assertThat(channel.pipeline().get(FrameFrontEnd.class).negotiation().backendLength())
            .isSameAs(VnetHeaderLength.MERGEABLE);
        channel.close().sync();
    }

    /** It is in place before the first frame is read, even if read() was called before. */
    @Test
    void theFirstFrameFindsItReady() throws Exception {
        device.set(LONG, TCP, TCP);
        device.deliver(frame(12, 60), frame(12, 80));
        StandInChannel channel = bind(new StandInChannel(device), FrameFrontEnd.plain(application()));
        await("both frames", () -> seen.size() == 4);
        assertThat(seen).containsExactly("Negotiated", "active", 60, 80);
        channel.close().sync();
    }

    @Test
    void aChannelThatIsOpenWhenItIsRegisteredIsReadyAtOnce() throws Exception {
        device.set(LONG, TCP, TCP);
        device.deliver(frame(12, 60));
        StandInChannel channel = StandInChannel.adopted(device);
        new Bootstrap().group(group).channelFactory(() -> channel).handler(FrameFrontEnd.plain(application()))
            .register().sync();
        await("the frame", () -> seen.size() == 3);
        assertThat(seen).containsExactlyInAnyOrder("Negotiated", "active", 60).endsWith(60);
        channel.close().sync();
    }

    @Test
    void aBindThatFailsFailsAsEver() throws Exception {
        StandInChannel channel = new StandInChannel(null);
        ChannelFuture bound = new Bootstrap().group(group).channelFactory(() -> channel)
            .handler(FrameFrontEnd.plain(application())).bind(device.localAddress()).await();
        assertThat(bound.isSuccess()).isFalse();
        assertThat(channel.closeFuture().await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(seen).isEmpty();
    }

    @Test
    void oneHandlerServesManyChannels() throws Exception {
        ChannelHandler shared = FrameFrontEnd.plain(application());
        device.set(LONG, TCP, TCP);
        StandInChannel first = bind(new StandInChannel(device), shared);
        StandInChannel second = bind(new StandInChannel(new StandInChannel.Device()), shared);
        assertThat(first.pipeline().get(VirtioNetHeaderHandler.class)).isNotNull();
        assertThat(second.pipeline().get(VirtioNetHeaderHandler.class)).as("there is nothing to do").isNull();
        assertThat(first.pipeline().get(FrameFrontEnd.class)).isNotSameAs(second.pipeline().get(FrameFrontEnd.class));
        first.close().sync();
        second.close().sync();
    }

    @Test
    void whatItsHandlersDropIsCountedByTheChannel() throws Exception {
        device.set(LONG, TCP, TCP);
        StandInChannel channel = bind(new StandInChannel(device), FrameFrontEnd.plain(application()));
        onLoop(channel, () -> device.deliver(frame(12, 60), Unpooled.buffer().writeZero(5)));
        ChannelFuture refused = channel.writeAndFlush(Unpooled.buffer().writeZero(5)).await();
        assertThat(refused.cause()).isInstanceOfSatisfying(FrameRefusedException.class,
            cause -> assertThat(cause.reason()).isSameAs(DropReason.MALFORMED));
        assertThat(channel.stats().rxDrops(DropReason.MALFORMED)).isEqualTo(1);
        assertThat(channel.stats().txDrops(DropReason.MALFORMED)).isEqualTo(1);
        assertThat(seen).contains(60);
        channel.close().sync();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void batchesReachAHandlerOfSingleFrames(boolean header) throws Exception {
        if (header) {
            device.set(LONG, TCP, TCP);
        }
        StandInChannel channel = new StandInChannel(device);
        channel.config().setReadBatches(true);
        ChannelHandler application = application();
        bind(channel, FrameFrontEnd.plain(new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel initialized) {
                initialized.pipeline().addLast(new UnbatchingHandler(), application);
            }
        }));
        int bytes = header ? 12 : 0;
        onLoop(channel, () -> device.deliver(frame(bytes, 60), frame(bytes, 70)));
        assertThat(seen).contains(60, 70);
        channel.close().sync();
    }

    /** The change takes effect between two rounds. The round of the frame that is being handled ends first. */
    @Test
    void aChangeOfThePortIsFollowedBetweenTwoRounds() throws Exception {
        StandInChannel channel = new StandInChannel(device);
        Set<VirtioNetFeature> features =
            EnumSet.of(VirtioNetFeature.CSUM, VirtioNetFeature.HOST_TSO4, VirtioNetFeature.GUEST_CSUM);
        bind(channel, FrameFrontEnd.of(VnetHeaderLength.MERGEABLE, features, new ChannelInboundHandlerAdapter() {
            private boolean asked;

            @Override
            public void channelRead(ChannelHandlerContext ctx, Object message) {
                seen.add(((ByteBuf) message).readableBytes());
                ((ByteBuf) message).release();
                if (!asked) {
                    asked = true;
                    channel.change(LONG, TCP, VirtioNetOffloads.of(VirtioNetOffload.CSUM));
                    seen.add(ctx.pipeline().get(VirtioNetHeaderHandler.class) != null);
                }
            }

            @Override
            public void channelReadComplete(ChannelHandlerContext ctx) {
                seen.add("complete");
            }

            @Override
            public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
                seen.add(event.getClass().getSimpleName());
            }
        }));
        seen.clear();
        onLoop(channel, () -> device.deliver(frame(0, 60), frame(0, 70)));
        await("the change", () -> seen.contains("BackendChanged"));
        assertThat(seen).containsExactly(72, true, 82, "complete", "BackendChanging", "Negotiated", "BackendChanged");
        assertThat(channel.vnetHeaderLength()).isEqualTo(12);
        assertThat(channel.pipeline().get(FrameHandler.class)).as("nothing to do any more").isNull();
        onLoop(channel, () -> device.deliver(frame(12, 60)));
        assertThat(seen).contains(72).endsWith("complete");
        PacketBuilder packet = PacketBuilder.tcp(4).payload(new byte[3000]);
        channel.writeAndFlush(packet.build(12)).sync();
        assertThat(device.written).hasSize(1);
        channel.close().sync();
    }

    /** An event loop whose tasks a handler can run, as a handler does that waits for something on it. */
    private static final class LoopOfHandlers extends SingleThreadIoEventLoop {
        LoopOfHandlers() {
            super(null, new DefaultThreadFactory(LoopOfHandlers.class), NioIoHandler.newFactory());
        }

        void runTasks() {
            runAllTasks();
        }
    }

    @Test
    void aRoundWhoseHandlerRunsTheTasksOfItsLoopEndsFirst() throws Exception {
        LoopOfHandlers loop = new LoopOfHandlers();
        StandInChannel channel = new StandInChannel(device);
        new Bootstrap().group(loop).channelFactory(() -> channel)
            .handler(FrameFrontEnd.plain(new ChannelInboundHandlerAdapter() {
                @Override
                public void channelRead(ChannelHandlerContext ctx, Object message) {
                    ((ByteBuf) message).release();
                    channel.change(LONG, TCP, TCP);
                    loop.runTasks();
                    seen.add(channel.vnetHeaderLength());
                }

                @Override
                public void channelReadComplete(ChannelHandlerContext ctx) {
                    seen.add("complete");
                }

                @Override
                public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
                    seen.add(event.getClass().getSimpleName());
                }
            })).bind(device.localAddress()).sync();
        seen.clear();
        onLoop(channel, () -> device.deliver(frame(0, 60)));
        assertThat(seen).containsExactly(0, "complete", "BackendChanging", "Negotiated", "BackendChanged");
        assertThat(channel.vnetHeaderLength()).isEqualTo(12);
        channel.close().sync();
        loop.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
    }

    @Test
    void aChangeThatFailsBehindARoundDoesNotEndReading() throws Exception {
        LoopOfHandlers loop = new LoopOfHandlers();
        StandInChannel channel = new StandInChannel(device);
        new Bootstrap().group(loop).channelFactory(() -> channel).handler(new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object message) {
                ((ByteBuf) message).release();
                seen.add("frame");
                if (seen.size() == 1) {
                    // Without a header, the port cannot change.
                    channel.change(null, TCP, TCP);
                    loop.runTasks();
                }
            }

            @Override
            public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
                seen.add(cause.getClass().getSimpleName());
            }
        }).bind(device.localAddress()).sync();
        onLoop(channel, () -> device.deliver(frame(0, 60)));
        onLoop(channel, () -> device.deliver(frame(0, 60)));
        assertThat(seen).containsExactly("frame", "NullPointerException", "frame");
        channel.close().sync();
        loop.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
    }

    @Test
    void aChangeThatIsAskedForWhenTheChannelIsClosedIsForgotten() throws Exception {
        StandInChannel channel = bind(new StandInChannel(device), FrameFrontEnd.plain(application()));
        channel.close().sync();
        channel.change(LONG, TCP, TCP);
        onLoop(channel, () -> { });
        assertThat(device.vnetHeader()).isSameAs(NONE);
        assertThat(seen).doesNotContain("BackendChanged");
    }

    /** A second front end would remove the header of frames that have none any more. */
    @Test
    void aSecondFrontEndIsRefused() throws Exception {
        device.set(LONG, TCP, TCP);
        StandInChannel channel = bind(new StandInChannel(device), FrameFrontEnd.plain(application()));
        CompletableFuture<Throwable> refusal = new CompletableFuture<>();
        onLoop(channel, () -> {
            channel.pipeline().addLast(new ChannelInboundHandlerAdapter() {
                @Override
                public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
                    refusal.complete(cause);
                }
            });
            channel.pipeline().addAfter(channel.pipeline().context(FrameFrontEnd.class).name(), "second",
                new FrameFrontEnd(VnetHeaderLength.NONE, Set.of()));
        });
        assertThat(refusal.get(10, TimeUnit.SECONDS)).hasStackTraceContaining("has a FrameFrontEnd already");
        assertThat(channel.pipeline().get("second")).isNull();
        onLoop(channel, () -> device.deliver(frame(12, 60)));
        await("the frame", () -> seen.contains(60));
        onLoop(channel, () -> channel.pipeline().remove(FrameFrontEnd.class));
        onLoop(channel, () -> channel.pipeline().addFirst(new FrameFrontEnd(VnetHeaderLength.NONE, Set.of())));
        assertThat(channel.pipeline().get(FrameFrontEnd.class)).as("the first has gone").isNotNull();
        channel.close().sync();
    }

    @Test
    void aFrontEndThatIsRemovedDuringTheBindDoesNotFailIt() throws Exception {
        device.set(LONG, TCP, TCP);
        StandInChannel channel = new StandInChannel(device);
        ChannelFuture bound = new Bootstrap().group(group).channelFactory(() -> channel)
            .handler(new ChannelInitializer<>() {
                @Override
                protected void initChannel(Channel initialized) {
                    initialized.pipeline().addLast(new ChannelOutboundHandlerAdapter() {
                        @Override
                        public void bind(ChannelHandlerContext ctx, SocketAddress address, ChannelPromise promise) {
                            ctx.pipeline().remove(FrameFrontEnd.class);
                            ctx.bind(address, promise);
                        }
                    }, new FrameFrontEnd(VnetHeaderLength.NONE, Set.of()));
                }
            }).bind(device.localAddress()).await();
        assertThat(bound.cause()).isNull();
        assertThat(channel.isActive()).isTrue();
        assertThat(channel.pipeline().get(VirtioNetHeaderHandler.class)).isNull();
        channel.close().sync();
    }

    /** The description is for channels that have none. This channel has one, once its device is open. */
    @Test
    void aChannelThatCanBeAskedIsAsked() throws Exception {
        device.set(LONG, TCP, TCP);
        device.deliver(frame(12, 60));
        StandInChannel channel = bind(new StandInChannel(device), new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel initialized) {
                initialized.pipeline().addLast(new FrameFrontEnd(VnetHeaderLength.NONE, Set.of())
                    .over(LinkLayer.ETHERNET, NONE, VirtioNetBackend.PLAIN), application());
            }
        });
        await("the frame", () -> seen.size() == 3);
        assertThat(seen).containsExactly("Negotiated", "active", 60);
        channel.close().sync();
    }
}
