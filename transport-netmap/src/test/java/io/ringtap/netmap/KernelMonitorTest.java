/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoopGroup;
import io.ringtap.ethernet.FrameRefusedException;
import io.ringtap.testsuite.TestLoops;
import io.ringtap.testsuite.TestLoops.TestLoop;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import static io.ringtap.netmap.Sink.bootstrap;
import static io.ringtap.netmap.Sink.frame;
import static io.ringtap.netmap.Sink.open;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

/** Monitor ports, which show the frames of another port: as copies, or with the same buffers. */
class KernelMonitorTest {
    private static final int FRAMES = 200;

    @BeforeAll
    static void requireNetmap() {
        assumeThat(Netmap.isAvailable()).as("a kernel with netmap").isTrue();
    }

    static Stream<Arguments> loopsWithAndWithoutCopies() {
        return TestLoops.available().flatMap(loop -> Stream.of(Arguments.of(loop, ""), Arguments.of(loop, "z")));
    }

    @ParameterizedTest
    @MethodSource("io.ringtap.testsuite.TestLoops#available")
    void eachDirectionIsShown(TestLoop loop) throws InterruptedException {
        EventLoopGroup group = loop.newGroup(1);
        try {
            Sink atA = new Sink();
            Sink atB = new Sink();
            Sink sent = new Sink();
            Sink received = new Sink();
            NetmapChannel a = open(group, atA, "valeRm0:p{1");
            NetmapChannel b = open(group, atB, "valeRm0:p}1");
            NetmapChannel out = open(group, sent, "valeRm0:p{1/t");
            NetmapChannel in = open(group, received, "valeRm0:p{1/r");
            for (int i = 0; i < FRAMES; i++) {
                a.writeAndFlush(frame(60 + i)).sync();
                atB.assertReceives(frame(60 + i));
                sent.assertReceives(frame(60 + i));
                b.writeAndFlush(frame(1000 + i)).sync();
                atA.assertReceives(frame(1000 + i));
                received.assertReceives(frame(1000 + i));
            }
            assertThat(sent.frames).isEmpty();
            assertThat(received.frames).isEmpty();
            assertThat(out.writeAndFlush(frame(60)).await().cause()).isInstanceOf(FrameRefusedException.class)
                .hasMessageContaining("receiving only");
            out.close().sync();
            in.close().sync();
            // The port continues without its monitors.
            a.writeAndFlush(frame(77)).sync();
            atB.assertReceives(frame(77));
            a.close().sync();
            b.close().sync();
        } finally {
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        }
    }

    /**
     * Both directions, with the buffers that the port gives back. It must not have lent them, and a pipe must not have
     * exchanged them.
     */
    @ParameterizedTest
    @MethodSource("io.ringtap.testsuite.TestLoops#available")
    void theBuffersThemselvesAreShown(TestLoop loop) throws InterruptedException {
        EventLoopGroup group = loop.newGroup(1);
        try {
            Sink atA = new Sink();
            Sink atB = new Sink();
            Sink shown = new Sink();
            NetmapChannel a = (NetmapChannel) bootstrap(group, atA).option(NetmapChannelOption.LENT_BUFFERS, 0)
                .bind(NetmapAddress.parse("valeRm2:a")).sync().channel();
            NetmapChannel b = open(group, atB, "valeRm2:b");
            NetmapChannel monitor = open(group, shown, "valeRm2:a/z");
            for (int i = 0; i < FRAMES; i++) {
                a.writeAndFlush(frame(60 + i)).sync();
                atB.assertReceives(frame(60 + i));
                b.writeAndFlush(frame(1000 + i)).sync();
                atA.assertReceives(frame(1000 + i));
            }
            Set<Integer> lengths = new TreeSet<>();
            // The last buffer may be given back only with the next.
            for (int i = 0; i < 2 * FRAMES - 1; i++) {
                ByteBuf frame = shown.take();
                assertThat(lengths.add(frame.readableBytes())).isTrue();
                assertThat(frame).isEqualTo(frame(frame.readableBytes()));
                frame.release();
            }
            assertThat(lengths).contains(60, 60 + FRAMES - 2, 1000, 1000 + FRAMES - 2);
            monitor.close().sync();
            for (ByteBuf last; (last = shown.frames.poll()) != null;) {
                last.release();
            }
            a.close().sync();
            b.close().sync();
        } finally {
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        }
    }

    @ParameterizedTest
    @MethodSource("loopsWithAndWithoutCopies")
    void aMonitorEndsWithItsPort(TestLoop loop, String copies) throws InterruptedException {
        EventLoopGroup group = loop.newGroup(1);
        try {
            Sink shown = new Sink();
            NetmapChannel a = open(group, new Sink(), "valeRm1:a");
            NetmapChannel monitor = open(group, shown, "valeRm1:a/rt" + copies);
            a.close().sync();
            assertThat(monitor.closeFuture().await(20, TimeUnit.SECONDS)).isTrue();
            assertThat(shown.failures.poll(20, TimeUnit.SECONDS)).isInstanceOfSatisfying(NetmapException.class,
                cause -> assertThat(cause.error()).isEqualTo(NetmapError.EIO));
            assertThat(shown.failures).isEmpty();
        } finally {
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        }
    }
}
