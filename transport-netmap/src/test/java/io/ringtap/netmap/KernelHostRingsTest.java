/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.EventExecutor;
import io.ringtap.internal.unix.NetworkNamespace;
import io.ringtap.testkit.TestNamespace;
import io.ringtap.testsuite.TestLoops.TestLoop;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.util.concurrent.TimeUnit;

import static io.ringtap.netmap.Sink.frame;
import static io.ringtap.netmap.Sink.open;
import static io.ringtap.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

/** The host rings, between an interface and the network stack that uses it. */
class KernelHostRingsTest {
    private TestNamespace host;
    private TestNamespace peer;
    private EventLoopGroup group;

    @BeforeEach
    void createPair() throws IOException {
        assumeThat(Netmap.isAvailable()).as("a kernel with netmap").isTrue();
        host = TestNamespace.create();
        peer = TestNamespace.create();
        host.ip("link", "add", "rth0", "type", "veth", "peer", "name", "rth1", "netns", peer.name());
        host.ip("addr", "add", "10.73.0.1/24", "dev", "rth0");
        host.ip("link", "set", "rth0", "up");
        peer.ip("addr", "add", "10.73.0.2/24", "dev", "rth1");
        peer.ip("link", "set", "rth1", "up");
    }

    @AfterEach
    void removePair() throws IOException, InterruptedException {
        if (group != null) {
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        }
        if (host != null) {
            host.close();
        }
        if (peer != null) {
            peer.close();
        }
    }

    private void start(TestLoop loop) throws IOException {
        group = loop.newGroup(1);
        NetworkNamespace.call(host.name(), () -> {
            for (EventExecutor one : group) {
                one.submit(() -> { }).sync();
            }
            return null;
        });
    }

    /** Writes all frames that one channel receives to another. */
    private static void forward(Channel from, Channel to) {
        from.pipeline().addFirst(new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object msg) {
                to.write(msg, to.voidPromise());
            }

            @Override
            public void channelReadComplete(ChannelHandlerContext ctx) {
                to.flush();
            }
        });
    }

    @ParameterizedTest
    @MethodSource("io.ringtap.testsuite.TestLoops#available")
    void theHostSpeaksThroughTwoChannels(TestLoop loop) throws Exception {
        start(loop);
        NetmapChannel card = open(group, new Sink(), "netmap:rth0");
        NetmapChannel stack = open(group, new Sink(), "netmap:rth0^");
        forward(card, stack);
        forward(stack, card);
        assertThat(TestNamespace.run("ip", "netns", "exec", host.name(), "ping", "-c", "20", "-i", "0.05", "-W", "5",
            "10.73.0.2")).contains("20 received");
        // One region for the card and its host, so that no frame is copied.
        assertThat(card.swappedFrames()).isGreaterThanOrEqualTo(20);
        assertThat(stack.swappedFrames()).isGreaterThanOrEqualTo(20);
        card.close().sync();
        stack.close().sync();
        assertThat(TestNamespace.run("ip", "netns", "exec", host.name(), "ping", "-c", "1", "-W", "5", "10.73.0.2"))
            .contains("1 received");
    }

    /** Frames of many flows, which are spread over the rings. None may reach the host. */
    @ParameterizedTest
    @MethodSource("io.ringtap.testsuite.TestLoops#available")
    void aPortOfBothWritesToTheCardAlone(TestLoop loop) throws Exception {
        start(loop);
        Sink atBoth = new Sink();
        NetmapChannel both = open(group, atBoth, "netmap:rth0*");
        long before = received("rth1", peer);
        for (int i = 0; i < 100; i++) {
            ByteBuf frame = frame(60);
            frame.setByte(11, i);
            both.writeAndFlush(frame).sync();
        }
        await("a hundred frames", () -> received("rth1", peer) - before >= 100);
        assertThat(received("rth1", peer) - before).isEqualTo(100);
        // The host sends a neighbour request, which comes through its ring. Nobody forwards it.
        TestNamespace.run("ip", "netns", "exec", host.name(), "sh", "-c", "ping -c 1 -W 1 10.73.0.2 || true");
        ByteBuf question = atBoth.take();
        assertThat(question.getUnsignedShort(12)).isEqualTo(0x0806);
        question.release();
        // Frames of the peer come through the ring of the card.
        TestNamespace.run("ip", "netns", "exec", peer.name(), "sh", "-c", "ping -c 1 -W 1 10.73.0.1 || true");
        byte[] address = new byte[6];
        for (boolean seen = false; !seen;) {
            ByteBuf other = atBoth.take();
            other.getBytes(6, address);
            seen = peer.ip("link", "show", "rth1").contains(text(address));
            other.release();
        }
        both.close().sync();
        for (ByteBuf left; (left = atBoth.frames.poll()) != null;) {
            left.release();
        }
    }

    private static String text(byte[] address) {
        StringBuilder text = new StringBuilder();
        for (byte one : address) {
            text.append(text.length() == 0 ? "" : ":").append(String.format("%02x", one));
        }
        return text.toString();
    }

    private static long received(String name, TestNamespace namespace) throws IOException {
        String[] lines = namespace.ip("-s", "link", "show", name).split("\n");
        for (int i = 0; i < lines.length - 1; i++) {
            if (lines[i].strip().startsWith("RX:")) {
                return Long.parseLong(lines[i + 1].strip().split("\\s+")[1]);
            }
        }
        throw new IOException("no counters of " + name);
    }
}
