/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.ringtap.testkit.TestFrames;
import io.ringtap.testsuite.FrameCollector;
import io.ringtap.testsuite.TestLoops.TestLoop;
import io.ringtap.testsuite.system.PacketSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.LongStream;

import static org.assertj.core.api.Assertions.assertThat;

/** A round also ends after a number of bytes, so that the frames are still in the cache when they are sent on. */
@ParameterizedClass
@MethodSource("io.ringtap.testsuite.TestLoops#available")
class TapRoundTest extends RealTapTest {
    private static final int ROUND = 512 * 1024;
    private static final int LENGTH = 60_000;
    private static final int COUNT = 40;

    @Parameter
    TestLoop loop;

    @Override
    TestLoop loop() {
        return loop;
    }

    /** How many bytes each round has read. */
    private static final class Rounds extends FrameCollector {
        private final List<Integer> bytes = new CopyOnWriteArrayList<>();
        private int inRound;

        @Override
        protected void frame(ChannelHandlerContext ctx, ByteBuf frame) {
            inRound += frame.readableBytes();
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            bytes.add(inRound);
            inRound = 0;
        }
    }

    @Test
    void largeFramesMakeShortRoundsAndAllArriveInOrder() throws Exception {
        Rounds rounds = new Rounds();
        TapChannel tap = open("t0", Map.of(TapChannelOption.MTU, 65_521, ChannelOption.AUTO_READ, false), rounds);
        PacketSocket peer = packetSocket("t0");
        for (int i = 0; i < COUNT; i++) {
            peer.send(TestFrames.frame(i, LENGTH));
        }
        tap.config().setAutoRead(true);
        assertThat(rounds.numbers(COUNT)).isEqualTo(LongStream.range(0, COUNT).boxed().toList());
        assertThat(rounds.bytes).allSatisfy(bytes -> assertThat(bytes).isLessThan(ROUND + LENGTH))
            .as("more than one frame a round, where frames wait").anySatisfy(bytes ->
                assertThat(bytes).isGreaterThan(ROUND / 2));
    }
}
