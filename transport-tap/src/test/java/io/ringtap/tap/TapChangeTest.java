/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.ringtap.channel.DeviceEvent;
import io.ringtap.internal.unix.NativeMemory;
import io.ringtap.internal.unix.SystemCalls;
import io.ringtap.testkit.TestFrames;
import io.ringtap.testsuite.LoopTurns;
import io.ringtap.testsuite.TestLoops.TestLoop;
import io.ringtap.testsuite.system.PacketSocket;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.Map;

import static io.ringtap.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * A change of the layout of frames: what was read from the device before it has the former layout, so that it has to
 * reach the handlers before the change does.
 */
@ParameterizedClass
@MethodSource("io.ringtap.testsuite.TestLoops#available")
class TapChangeTest extends RealTapTest {
    private static final int FRAMES = 20;
    private static final int ROOM = 2048;

    @Parameter
    TestLoop loop;

    private final Reader reader = new Reader();
    private TapChannel tap;

    @Override
    TestLoop loop() {
        return loop;
    }

    /** Counts frames, and looks into the device when it hears of the change. */
    private final class Reader extends ChannelInboundHandlerAdapter {
        private volatile int read;
        private volatile int readBefore = -1;
        private volatile int leftInDevice;

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ByteBuf frame = (ByteBuf) message;
            if (TestFrames.isOurs(frame)) {
                read++;
            }
            frame.release();
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event instanceof DeviceEvent.BackendChanging) {
                leftInDevice = takeAll();
                readBefore = read;
            }
        }
    }

    /** Reads what the device still holds, past the channel. */
    private int takeAll() {
        NativeMemory memory = NativeMemory.allocate(ROOM);
        int frames = 0;
        for (int n; (n = (int) SystemCalls.read(tap.tapDevice().descriptor(), memory.address(), ROOM)) > 0;) {
            byte[] frame = new byte[n];
            memory.buffer().get(0, frame);
            frames += TestFrames.isOurs(frame) ? 1 : 0;
        }
        return frames;
    }

    /** Sends frames and lets the channel read the first of them. */
    @BeforeEach
    void readOne() throws Exception {
        tap = open("t0", Map.of(ChannelOption.AUTO_READ, false), reader);
        PacketSocket peer = packetSocket("t0");
        for (int i = 0; i < FRAMES; i++) {
            peer.send(TestFrames.frame(i));
        }
        readUntil(1);
    }

    private void readUntil(int frames) throws Exception {
        while (reader.read < frames && reader.readBefore < 0) {
            int before = reader.read;
            tap.read();
            await("a frame or the change", () -> reader.read != before || reader.readBefore >= 0);
        }
    }

    private void assertChangedBehindWhatWasRead() throws Exception {
        readUntil(FRAMES);
        await("the change", () -> reader.readBefore >= 0);
        assertThat(reader.readBefore + reader.leftInDevice)
            .as("frames before the change, and frames that the device held").isEqualTo(FRAMES);
    }

    @Test
    void framesThatWereReadAheadComeFirst() throws Exception {
        tap.eventLoop().submit(tap::offerSuperFramesAgain).sync();
        assertChangedBehindWhatWasRead();
    }

    @Test
    void framesThatWereReadOnTheEventLoopThatWasLeftComeFirst() throws Exception {
        tap.deregister().sync();
        tap.eventLoop().submit(tap::offerSuperFramesAgain).sync();
        LoopTurns.settle(tap.eventLoop());
        assertThat(reader.readBefore).as("no event loop serves the channel").isNegative();
        group.register(tap).sync();
        assertChangedBehindWhatWasRead();
    }
}
