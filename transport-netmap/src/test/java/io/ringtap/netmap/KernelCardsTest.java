/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap;

import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.ringtap.testsuite.TestLoops;
import io.ringtap.testsuite.TestLoops.TestLoop;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import static io.ringtap.netmap.Sink.bootstrap;
import static io.ringtap.netmap.Sink.frame;
import static io.ringtap.netmap.Sink.open;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

/** Network interfaces in netmap mode: pairs of veth(4) or epair(4), for which the kernel emulates it. */
class KernelCardsTest {
    CardPairs cards;
    EventLoopGroup group;

    @BeforeEach
    void createPairs() throws IOException {
        assumeThat(Netmap.isAvailable()).as("a kernel with netmap").isTrue();
        cards = CardPairs.create(2);
    }

    @AfterEach
    void removePairs() throws IOException, InterruptedException {
        if (group != null) {
            // An interface that is in use would delay the end of the namespace.
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        }
        if (cards != null) {
            cards.close();
        }
    }

    final void start(TestLoop loop) throws IOException {
        group = cards.newGroup(loop);
    }

    final NetmapChannel openCard(Sink sink, int pair, int end) throws InterruptedException {
        return open(group, sink, "netmap:" + cards.name(pair, end));
    }

    static Stream<Arguments> loopsReadingOrNot() {
        return TestLoops.available().flatMap(loop -> Stream.of(Arguments.of(loop, true), Arguments.of(loop, false)));
    }

    @ParameterizedTest
    @MethodSource("io.ringtap.testsuite.TestLoops#available")
    void framesCrossBothWays(TestLoop loop) throws Exception {
        start(loop);
        Sink atA = new Sink();
        Sink atB = new Sink();
        NetmapChannel a = openCard(atA, 0, 0);
        NetmapChannel b = openCard(atB, 0, 1);
        for (int i = 0; i < 200; i++) {
            a.writeAndFlush(frame(60 + i)).sync();
            atB.assertReceives(frame(60 + i));
            b.writeAndFlush(frame(60 + i)).sync();
            atA.assertReceives(frame(60 + i));
        }
        assertThat(a.localAddress().driver()).isEqualTo("kernel");
        a.close().sync();
        b.close().sync();
    }

    @ParameterizedTest
    @MethodSource("io.ringtap.testsuite.TestLoops#available")
    void aFrameGoesFromCardToCardByIndex(TestLoop loop) throws Exception {
        start(loop);
        Sink atIn = new Sink();
        Sink atEnd = new Sink();
        NetmapChannel source = openCard(new Sink(), 0, 0);
        NetmapChannel in = openCard(atIn, 0, 1);
        NetmapChannel out = openCard(new Sink(), 1, 0);
        NetmapChannel end = openCard(atEnd, 1, 1);
        for (int i = 0; i < 200; i++) {
            source.writeAndFlush(frame(60 + i)).sync();
            out.writeAndFlush(atIn.take()).sync();
            atEnd.assertReceives(frame(60 + i));
        }
        assertThat(out.swappedFrames()).isEqualTo(200);
        assertThat(in.lentFrames()).isEqualTo(200);
        source.close().sync();
        in.close().sync();
        out.close().sync();
        end.close().sync();
    }

    @ParameterizedTest
    @MethodSource("loopsReadingOrNot")
    void anInterfaceThatGoesAwayClosesItsChannel(TestLoop loop, boolean reading) throws Exception {
        start(loop);
        Sink sink = new Sink();
        NetmapChannel channel = (NetmapChannel) bootstrap(group, sink).option(ChannelOption.AUTO_READ, reading)
            .bind(NetmapAddress.parse("netmap:" + cards.name(0, 0))).sync().channel();
        // It ends when the channel has let go of the interface.
        CompletableFuture<String> deletion = CompletableFuture.supplyAsync(() -> cards.remove(cards.name(0, 0)));
        assertThat(channel.closeFuture().await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(deletion.get(20, TimeUnit.SECONDS)).isEmpty();
        assertThat(sink.failures.poll(20, TimeUnit.SECONDS)).isInstanceOfSatisfying(NetmapException.class,
            cause -> assertThat(cause.error()).isEqualTo(NetmapError.EIO));
        assertThat(sink.failures).isEmpty();
        assertThat(cards.has(cards.name(0, 0))).isFalse();
    }
}
