/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap;

import io.netty.channel.ChannelFuture;
import io.ringtap.testsuite.TestLoops.TestLoop;
import io.ringtap.testsuite.remote.RequiresFreeBsd;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.concurrent.TimeUnit;

import static io.ringtap.netmap.Sink.frame;
import static org.assertj.core.api.Assertions.assertThat;

/** Interfaces of FreeBSD in netmap mode. */
@RequiresFreeBsd(memory = true)
class FreeBsdCardsTest extends KernelCardsTest {
    /** More than a ring of the emulated adapter has slots. */
    private static final int MORE_THAN_FIT = 1500;
    private static final int FRAMES = 100;

    /** The emulated adapter keeps the frames of an interface that is down, and nothing wakes it up afterwards. */
    @ParameterizedTest
    @MethodSource("io.ringtap.testsuite.TestLoops#available")
    void framesWaitInTheRingWhileTheInterfaceIsDown(TestLoop loop) throws Exception {
        start(loop);
        Sink atB = new Sink();
        NetmapChannel a = openCard(new Sink(), 0, 0);
        NetmapChannel b = openCard(atB, 0, 1);
        cards.setUp(cards.name(0, 0), false);
        for (int i = 0; i < FRAMES; i++) {
            a.writeAndFlush(frame(60 + i)).sync();
        }
        // Longer than the watch of the interface takes to find out.
        assertThat(atB.frames.poll(1500, TimeUnit.MILLISECONDS)).isNull();
        assertThat(a.isActive()).isTrue();
        cards.setUp(cards.name(0, 0), true);
        for (int i = 0; i < FRAMES; i++) {
            atB.assertReceives(frame(60 + i));
        }
        a.close().sync();
        b.close().sync();
    }

    @ParameterizedTest
    @MethodSource("io.ringtap.testsuite.TestLoops#available")
    void aFullRingIsBackpressureUntilTheInterfaceIsUp(TestLoop loop) throws Exception {
        start(loop);
        NetmapChannel a = openCard(new Sink(), 0, 0);
        a.writeAndFlush(frame(60)).sync();
        cards.setUp(cards.name(0, 0), false);
        ChannelFuture last = null;
        for (int i = 0; i < MORE_THAN_FIT; i++) {
            last = a.write(frame(60));
        }
        a.flush();
        assertThat(last.await(1500)).isFalse();
        assertThat(a.isActive()).isTrue();
        cards.setUp(cards.name(0, 0), true);
        assertThat(last.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(last.cause()).isNull();
        a.close().sync();
    }
}
