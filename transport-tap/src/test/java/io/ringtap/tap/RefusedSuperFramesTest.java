/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.ringtap.channel.FrameChannelOption;
import io.ringtap.channel.FrameFrontEnd;
import io.ringtap.internal.unix.Errno;
import io.ringtap.loop.FrameLoop;
import io.ringtap.testkit.PacketBuilder;
import io.ringtap.testkit.RequiresTap;
import io.ringtap.testkit.TestNamespace;
import io.ringtap.testsuite.system.TamperedCalls;
import io.ringtap.virtio.GsoSegmenter;
import io.ringtap.virtio.VirtioNetFeature;
import io.ringtap.virtio.VirtioNetHeader;
import io.ringtap.virtio.VirtioNetOffload;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VnetHeaderLength;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.EnumSet;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

import static io.ringtap.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

/** A kernel refuses super-frames, and accepts them again later. The front end of the application adapts. */
@RequiresTap
class RefusedSuperFramesTest {
    private static final VirtioNetHeader HEADER = VirtioNetHeader.of(VnetHeaderLength.MERGEABLE);
    private static final Set<VirtioNetFeature> FEATURES = EnumSet.of(VirtioNetFeature.CSUM, VirtioNetFeature.HOST_TSO4);
    private static final int SEGMENT = 1000;
    private static final int PAYLOAD = 4 * SEGMENT;

    private final Queue<VirtioNetOffloads> software = new ConcurrentLinkedQueue<>();

    private static ByteBuf superFrame() {
        PacketBuilder packet = PacketBuilder.tcp(4).payload(new byte[PAYLOAD]);
        ByteBuf message = packet.partial().build(HEADER.bytes());
        HEADER.setFlags(message, 0, VirtioNetHeader.NEEDS_CSUM);
        HEADER.setGsoType(message, 0, VirtioNetHeader.GSO_TCPV4);
        HEADER.setGsoSize(message, 0, SEGMENT);
        HEADER.setHdrLen(message, 0, packet.payloadOffset());
        HEADER.setCsumStart(message, 0, packet.transportOffset());
        HEADER.setCsumOffset(message, 0, packet.checksumOffset());
        return message;
    }

    private final class Application extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object frame) {
            ((ByteBuf) frame).release();
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event instanceof FrameFrontEnd.Negotiated negotiated) {
                software.add(negotiated.negotiation().toBackendInSoftware());
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"EPOLL", "IO_URING", "POLL"})
    void theFrontEndSegmentsMeanwhile(FrameLoop loop) throws Exception {
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, loop.newFactory());
        try (TestNamespace namespace = TestNamespace.create(); TamperedCalls calls = new TamperedCalls()) {
            TapChannel tap = (TapChannel) new Bootstrap().group(group).channel(TapChannel.class)
                .option(TapChannelOption.NETWORK_NAMESPACE, namespace.name())
                .option(TapChannelOption.UP, true)
                .option(FrameChannelOption.VNET_HEADER, VnetHeaderLength.MERGEABLE)
                .handler(FrameFrontEnd.of(VnetHeaderLength.MERGEABLE, FEATURES, new Application()))
                .bind(new TapAddress("t0")).sync().channel();
            assertThat(tap.pipeline().get(GsoSegmenter.class)).isNull();
            calls.fail(Errno.EINVAL, (name, arguments) -> name.equals("write")
                && ((Number) arguments[arguments.length - 1]).longValue() > PAYLOAD);
            tap.eventLoop().submit(() -> {
                // Like an event loop that completes writes itself, as writes of io_uring cannot be made to fail here.
                for (int i = 0; i < GsoFallback.REFUSALS; i++) {
                    ByteBuf refused = superFrame();
                    tap.tapDevice().writeFailed(refused, -Errno.EINVAL.number());
                    refused.release();
                }
                return null;
            }).sync();
            await("the news of the refusal", () -> software.size() == 2);
            assertThat(software).containsExactly(VirtioNetOffloads.NONE, VirtioNetOffloads.of(VirtioNetOffload.TSO4));
            assertThat(tap.vnetBackend().takes()).isEqualTo(VirtioNetOffloads.of(VirtioNetOffload.CSUM));
            assertThat(tap.pipeline().get(GsoSegmenter.class)).isNotNull();
            long before = tap.stats().txFrames();
            tap.writeAndFlush(superFrame()).sync();
            assertThat(tap.stats().txFrames() - before).isEqualTo(4);

            calls.pass();
            tap.eventLoop().submit(tap::offerSuperFramesAgain).sync();
            await("the news that they are offered again", () -> software.size() == 3);
            assertThat(tap.pipeline().get(GsoSegmenter.class)).isNull();
            assertThat(tap.vnetBackend().takes()).isEqualTo(VirtioNetOffloads.ALL);
            before = tap.stats().txFrames();
            tap.writeAndFlush(superFrame()).sync();
            assertThat(tap.stats().txFrames() - before).isEqualTo(1);
            tap.close().sync();
        } finally {
            group.shutdownGracefully(0, 10, TimeUnit.SECONDS).sync();
        }
    }
}
