/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.ByteProcessor;
import io.ringtap.unix.NativeMemory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;

class ReceiveBuffersTest {
    private static final ByteBufAllocator ALLOCATOR = PooledByteBufAllocator.DEFAULT;

    private final ReceiveBuffers buffers = new ReceiveBuffers();
    private final List<ByteBuf> kept = new ArrayList<>();

    @AfterEach
    void release() {
        buffers.release();
        kept.forEach(ByteBuf::release);
    }

    private ByteBuf receive(int capacity, int length, int mark) {
        ByteBuf taken = buffers.take(ALLOCATOR, capacity);
        assertThat(taken.isDirect()).isTrue();
        assertThat(taken.readableBytes()).isZero();
        assertThat(taken.writableBytes()).isGreaterThanOrEqualTo(capacity);
        for (int i = 0; i < length; i++) {
            taken.writeByte(mark);
        }
        assertThat(buffers.owns(taken)).isTrue();
        ByteBuf out = buffers.handOut(ALLOCATOR);
        assertThat(out.readableBytes()).isEqualTo(length);
        return out;
    }

    @Test
    void aFewBuffersServeManyFrames() {
        Set<Long> memory = new HashSet<>();
        for (int round = 0; round < 100; round++) {
            buffers.beginRound();
            ByteBuf frame = receive(1523, 60, round);
            memory.add(NativeMemory.addressOf(frame, 0, 60));
            frame.release();
        }
        assertThat(memory).hasSize(1);
    }

    @Test
    void whatWasNotHandedOutIsGivenAgain() {
        ByteBuf taken = buffers.take(ALLOCATOR, 1523);
        taken.writeByte(1);
        assertThat(buffers.take(ALLOCATOR, 1523)).isSameAs(taken);
        assertThat(taken.readableBytes()).isZero();
    }

    @Test
    void framesThatAreKeptAreNotWrittenOver() {
        for (int i = 0; i < 200; i++) {
            if (i % 10 == 0) {
                buffers.beginRound();
            }
            kept.add(receive(1523, i % 2 == 0 ? 60 : 1500, i));
        }
        for (int i = 0; i < kept.size(); i++) {
            ByteBuf frame = kept.get(i);
            assertThat(frame.forEachByte(new Is(i))).as("frame %d", i).isEqualTo(-1);
        }
    }

    private record Is(int mark) implements ByteProcessor {
        @Override
        public boolean process(byte value) {
            return value == (byte) mark;
        }
    }

    @Test
    void onceAllAreKeptSmallFramesAreCopiedOut() {
        for (int i = 0; i < 64; i++) {
            kept.add(receive(1523, 60, i));
        }
        ByteBuf small = receive(1523, 60, 1);
        kept.add(small);
        assertThat(small.capacity()).isEqualTo(60);
        ByteBuf large = receive(1523, 1500, 2);
        kept.add(large);
        assertThat(large.capacity()).as("handed on as it is").isEqualTo(1523);
    }

    @Test
    void aBufferIsFreeAgainOnceReleasedOnAnyThread() throws InterruptedException {
        for (int i = 0; i < 64; i++) {
            kept.add(receive(1523, 60, i));
        }
        Thread other = new Thread(() -> kept.forEach(ByteBuf::release));
        other.start();
        other.join();
        kept.clear();
        buffers.beginRound();
        ByteBuf frame = receive(1523, 60, 1);
        kept.add(frame);
        assertThat(frame.capacity()).as("from the ring, not copied").isEqualTo(1523);
    }

    @Test
    void aLargerFrameGetsLargerBuffersAndKeptOnesStay() {
        kept.add(receive(1523, 1000, 7));
        kept.add(receive(9023, 9000, 8));
        assertThat(kept.get(0).forEachByte(new Is(7))).isEqualTo(-1);
        assertThat(kept.get(1).forEachByte(new Is(8))).isEqualTo(-1);
    }

    @Test
    void aLargeBufferIsNeverPinnedByASmallFrameOnceTheyRunOut() {
        for (int i = 0; i < 64; i++) {
            kept.add(receive(65624, 60, i));
        }
        ByteBuf copied = receive(65624, 60, 64);
        kept.add(copied);
        assertThat(copied.capacity()).isEqualTo(60);
    }

    @Test
    void releaseLeavesWhatIsKeptReadable() {
        kept.add(receive(1523, 60, 3));
        buffers.take(ALLOCATOR, 1523);
        buffers.release();
        buffers.release();
        assertThat(kept.get(0).forEachByte(new Is(3))).isEqualTo(-1);
        kept.add(receive(1523, 60, 4));
    }
}
