/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ringtap.ethernet.FrameBatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;

class RepeatedFramesTest {
    private static final int HEADER = 12;

    private final RepeatedFrames repeated = new RepeatedFrames();
    private final Random random = new Random(1);

    private byte[] frame(int length) {
        byte[] frame = new byte[length];
        random.nextBytes(frame);
        return frame;
    }

    private boolean isRepeated(byte[] frame) {
        return repeated.isRepeated(Unpooled.wrappedBuffer(frame), 0);
    }

    @ParameterizedTest
    @ValueSource(ints = {14, 15, 60, 64, 65, 72, 1514})
    void aFrameThatComesAgainIsNoticed(int length) {
        byte[] frame = frame(length);
        assertThat(isRepeated(frame)).isFalse();
        assertThat(isRepeated(frame(length))).isFalse();
        assertThat(isRepeated(frame)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {14, 15, 60, 64, 65, 72})
    void eachByteOfAShortFrameMakesADifference(int length) {
        byte[] frame = frame(length);
        isRepeated(frame);
        for (int i = 0; i < length; i++) {
            frame[i] ^= 1;
            assertThat(isRepeated(frame)).as("byte %d", i).isFalse();
            frame[i] ^= 1;
        }
    }

    /** A header in front of the frame, as it is inside a bridge, is none of the frame. */
    @ParameterizedTest
    @ValueSource(ints = {0, HEADER})
    void aFrameOfABatchIsTheSameAsABuffer(int start) {
        byte[] frame = frame(start + 100);
        ByteBuf padded = Unpooled.buffer().writeZero(5).writeBytes(frame).skipBytes(5);
        FrameBatch batch = FrameBatch.newInstance();
        batch.add(Unpooled.wrappedBuffer(frame));
        assertThat(repeated.isRepeated(batch, 0, start)).isFalse();
        assertThat(repeated.isRepeated(padded, 5 + start)).isTrue();
        assertThat(repeated.isRepeated(batch, 0, start)).isTrue();
        batch.release();
    }

    @Test
    void whatIsLongGoneIsForgotten() {
        byte[] frame = frame(64);
        isRepeated(frame);
        for (int i = 0; i < 20_000; i++) {
            assertThat(isRepeated(frame(64))).isFalse();
        }
        assertThat(isRepeated(frame)).isFalse();
    }

    @Test
    void manyFramesThatCirculateAreNoticed() {
        byte[][] frames = new byte[200][];
        for (int i = 0; i < frames.length; i++) {
            frames[i] = frame(64);
        }
        int noticed = 0;
        for (int round = 0; round < 10; round++) {
            for (byte[] frame : frames) {
                noticed += isRepeated(frame) ? 1 : 0;
            }
        }
        // Of the others two share a place.
        assertThat(noticed).isGreaterThan(9 * frames.length / 2);
    }
}
