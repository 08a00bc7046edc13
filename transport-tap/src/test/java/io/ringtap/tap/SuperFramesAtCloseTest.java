/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.ringtap.channel.FrameChannelOption;
import io.ringtap.internal.unix.Errno;
import io.ringtap.loop.FrameLoop;
import io.ringtap.testkit.PacketBuilder;
import io.ringtap.testkit.RequiresTap;
import io.ringtap.testkit.TestNamespace;
import io.ringtap.testsuite.system.TamperedCalls;
import io.ringtap.virtio.VirtioNetHeader;
import io.ringtap.virtio.VnetHeaderLength;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;

/** A tap is closed while super-frames that its kernel refuses are waiting to be segmented. */
@RequiresTap
class SuperFramesAtCloseTest {
    private static final VirtioNetHeader HEADER = VirtioNetHeader.of(VnetHeaderLength.MERGEABLE);
    private static final int SEGMENT = 16;
    private static final int PAYLOAD = 400 * SEGMENT;

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

    @ParameterizedTest
    @EnumSource(names = {"EPOLL", "IO_URING", "POLL"})
    void whatWasFlushedIsSent(FrameLoop loop) throws Exception {
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, loop.newFactory());
        try (TestNamespace namespace = TestNamespace.create(); TamperedCalls calls = new TamperedCalls()) {
            TapChannel tap = (TapChannel) new Bootstrap().group(group).channel(TapChannel.class)
                .option(TapChannelOption.NETWORK_NAMESPACE, namespace.name())
                .option(TapChannelOption.UP, true)
                .option(FrameChannelOption.VNET_HEADER, VnetHeaderLength.MERGEABLE)
                .handler(new ChannelInboundHandlerAdapter())
                .bind(new TapAddress("t0")).sync().channel();
            calls.fail(Errno.EINVAL, (name, arguments) -> name.equals("write")
                && ((Number) arguments[arguments.length - 1]).longValue() > PAYLOAD);
            List<ChannelFuture> written = new ArrayList<>();
            tap.eventLoop().submit(() -> {
                for (int i = 0; i < 4; i++) {
                    written.add(tap.write(superFrame()));
                }
                tap.flush();
                tap.close();
            }).sync();
            assertThat(tap.closeFuture().await(10, TimeUnit.SECONDS)).isTrue();
            assertThat(calls.failures()).as("the kernel refuses super-frames").isPositive();
            for (ChannelFuture frame : written) {
                assertThat(frame.await(10, TimeUnit.SECONDS)).isTrue();
                assertThat(frame.cause()).isNull();
            }
            assertThat(tap.stats().txFrames()).isEqualTo(written.size());
        } finally {
            group.shutdownGracefully(0, 10, TimeUnit.SECONDS).sync();
        }
    }
}
