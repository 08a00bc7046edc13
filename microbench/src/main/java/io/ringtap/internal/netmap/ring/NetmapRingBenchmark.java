/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.ring;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ringtap.internal.netmap.buffer.NetmapBufferPool;
import io.ringtap.microbench.Frames;
import io.ringtap.microbench.Microbenchmark;
import io.ringtap.netmap.NetmapException;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.infra.Blackhole;

import java.util.Arrays;

/**
 * Rings without syncs, in nanoseconds for each frame of a full ring. {@link CRingBenchmark} does the same in C. {@code
 * lendAndCopy} and {@code lendAndSwap} are the two ways in which a channel passes a received frame to another ring.
 */
@OperationsPerInvocation(BenchmarkRings.FRAMES)
public class NetmapRingBenchmark extends Microbenchmark {
    @Param({"60", "1514"})
    private int size;
    private BenchmarkRings rings;
    private NetmapBufferPool pool;
    private ByteBuf frame;
    private final ByteBuf[] frames = new ByteBuf[BenchmarkRings.FRAMES];

    @Setup
    public void open() throws NetmapException {
        rings = new BenchmarkRings(size);
        pool = new NetmapBufferPool(rings.port());
        frame = Unpooled.directBuffer(2048).writeBytes(Frames.plain(size));
        Arrays.fill(frames, frame);
    }

    @TearDown
    public void close() {
        pool.close();
        frame.release();
    }

    /** Copies a frame of the program into each slot. */
    @Benchmark
    public int transmit() throws NetmapException {
        rings.refill();
        return all(rings.tx().write(frames, 0, frames.length));
    }

    /** The same, one frame at a time. */
    @Benchmark
    public int write() throws NetmapException {
        rings.refill();
        NetmapTxRing tx = rings.tx();
        int count = 0;
        while (tx.write(frame)) {
            count++;
        }
        return all(count);
    }

    /** Reads each slot, and passes on its buffer, offset and length. */
    @Benchmark
    public int receive(Blackhole consumer) throws NetmapException {
        rings.refill();
        return all(rings.rx().receive((buffer, offset, length, more) -> {
            consumer.consume(buffer);
            consumer.consume(offset);
            consumer.consume(length);
        }, BenchmarkRings.FRAMES));
    }

    /** The same, one frame at a time. */
    @Benchmark
    public int next(Blackhole consumer) throws NetmapException {
        rings.refill();
        NetmapRxRing rx = rings.rx();
        int count = 0;
        for (int length = rx.next(); length != NetmapRxRing.NONE; length = rx.next()) {
            consumer.consume(rx.fragmentBuffer(0));
            consumer.consume(rx.fragmentOffset(0));
            consumer.consume(length);
            rx.release();
            count++;
        }
        return all(count);
    }

    /** Copies each frame into the same buffer. */
    @Benchmark
    public int read() throws NetmapException {
        rings.refill();
        NetmapRxRing rx = rings.rx();
        int count = 0;
        while (rx.next() != NetmapRxRing.NONE) {
            frame.clear();
            rx.read(frame);
            rx.release();
            count++;
        }
        return all(count);
    }

    /** Copies each frame from slot to slot. */
    @Benchmark
    public int copy() throws NetmapException {
        rings.refill();
        return all(rings.tx().forward(rings.rx(), false, BenchmarkRings.FRAMES));
    }

    /** Moves each frame from slot to slot by exchanging buffer indices. */
    @Benchmark
    public int swap() throws NetmapException {
        rings.refill();
        return all(rings.tx().forward(rings.rx(), true, BenchmarkRings.FRAMES));
    }

    /**
     * Copies each frame from a ring to a buffer and from there to the other ring: the cost of a frame that cannot be
     * lent.
     */
    @Benchmark
    public int readAndWrite() throws NetmapException {
        rings.refill();
        NetmapRxRing rx = rings.rx();
        NetmapTxRing tx = rings.tx();
        int count = 0;
        while (rx.next() != NetmapRxRing.NONE) {
            frame.clear();
            rx.read(frame);
            rx.release();
            tx.write(frame);
            count++;
        }
        return all(count);
    }

    /** Lends each frame to the pipeline as a buffer, and releases it. */
    @Benchmark
    public int lend() throws NetmapException {
        rings.refill();
        NetmapRxRing rx = rings.rx();
        int count = 0;
        while (rx.next() != NetmapRxRing.NONE) {
            ByteBuf lent = pool.lend(rx);
            rx.release();
            lent.release();
            count++;
        }
        return all(count);
    }

    @Benchmark
    public int lendAndCopy() throws NetmapException {
        rings.refill();
        NetmapRxRing rx = rings.rx();
        NetmapTxRing tx = rings.tx();
        int count = 0;
        while (rx.next() != NetmapRxRing.NONE) {
            ByteBuf lent = pool.lend(rx);
            rx.release();
            tx.write(lent);
            lent.release();
            count++;
        }
        return all(count);
    }

    @Benchmark
    public int lendAndSwap() throws NetmapException {
        rings.refill();
        NetmapRxRing rx = rings.rx();
        NetmapTxRing tx = rings.tx();
        int count = 0;
        while (rx.next() != NetmapRxRing.NONE) {
            ByteBuf lent = pool.lend(rx);
            rx.release();
            if (!pool.swap(tx, lent)) {
                throw new IllegalStateException("not swapped: " + lent);
            }
            lent.release();
            count++;
        }
        return all(count);
    }

    static int all(int count) {
        if (count != BenchmarkRings.FRAMES) {
            throw new IllegalStateException(count + " frames went through a ring of " + BenchmarkRings.FRAMES);
        }
        return count;
    }
}
