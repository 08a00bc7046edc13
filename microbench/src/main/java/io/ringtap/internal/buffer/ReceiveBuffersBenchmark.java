/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.buffer;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.ringtap.microbench.Microbenchmark;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Compares {@link ReceiveBuffers} with an allocation for each frame, for a read round of frames that handlers release
 * when it ends.
 */
public class ReceiveBuffersBenchmark extends Microbenchmark {
    private static final int FRAMES = 16;

    @Param({"2048", "65600"})
    private int capacity;
    private final ByteBufAllocator allocator = PooledByteBufAllocator.DEFAULT;
    private final ReceiveBuffers buffers = new ReceiveBuffers();
    private final ByteBuf[] held = new ByteBuf[FRAMES];

    @TearDown
    public void release() {
        buffers.release();
    }

    @Benchmark
    @OperationsPerInvocation(FRAMES)
    public void recycled() {
        buffers.beginRound();
        for (int i = 0; i < FRAMES; i++) {
            buffers.take(allocator, capacity).writerIndex(60);
            held[i] = buffers.handOut(allocator);
        }
        releaseHeld();
    }

    @Benchmark
    @OperationsPerInvocation(FRAMES)
    public void allocated() {
        for (int i = 0; i < FRAMES; i++) {
            held[i] = allocator.directBuffer(capacity, capacity).writerIndex(60);
        }
        releaseHeld();
    }

    private void releaseHeld() {
        for (int i = 0; i < FRAMES; i++) {
            held[i].release();
        }
    }
}
