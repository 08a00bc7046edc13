/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.ring;

import io.ringtap.microbench.Frames;
import io.ringtap.microbench.Microbenchmark;
import io.ringtap.netmap.NetmapException;
import jnr.ffi.LibraryLoader;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

import java.nio.ByteBuffer;

/**
 * {@link NetmapRingBenchmark} in C, on the same memory. One call processes a whole ring, so that the call itself costs
 * a fraction of a nanosecond for each frame. The methods {@code checked...} make the checks that the Java code makes,
 * the others those of a careful C program. Needs the library that {@link io.ringtap.microbench.RingComparison} builds.
 */
@OperationsPerInvocation(BenchmarkRings.FRAMES)
public class CRingBenchmark extends Microbenchmark {
    /** The system property with the path of the library that was built from {@code ring.c}. */
    public static final String LIBRARY = "ringtap.microbench.ring";

    @Param({"60", "1514"})
    private int size;
    private CRing c;
    private BenchmarkRings rings;
    private ByteBuffer region;
    private long bytes;
    private ByteBuffer frame;

    @Setup
    public void open() throws NetmapException {
        String library = System.getProperty(LIBRARY);
        if (library == null) {
            throw new IllegalStateException("no C to measure: run io.ringtap.microbench.RingComparison");
        }
        c = LibraryLoader.create(CRing.class).failImmediately().load(library);
        rings = new BenchmarkRings(size);
        region = rings.region();
        bytes = region.capacity();
        frame = ByteBuffer.allocateDirect(2048);
        Frames.plain(size).readBytes(frame.duplicate().limit(size));
    }

    @TearDown
    public void close() {
        rings.close();
    }

    @Benchmark
    public int transmit() throws NetmapException {
        rings.refill();
        return NetmapRingBenchmark.all(c.ring_transmit(region, bytes, rings.txOffset(), frame, size));
    }

    @Benchmark
    public int receive() throws NetmapException {
        rings.refill();
        return NetmapRingBenchmark.all(c.ring_receive(region, bytes, rings.rxOffset()));
    }

    @Benchmark
    public int read() throws NetmapException {
        rings.refill();
        return NetmapRingBenchmark.all(c.ring_read(region, bytes, rings.rxOffset(), frame));
    }

    @Benchmark
    public int copy() throws NetmapException {
        rings.refill();
        return NetmapRingBenchmark.all(c.ring_copy(region, bytes, rings.rxOffset(), rings.txOffset()));
    }

    @Benchmark
    public int swap() throws NetmapException {
        rings.refill();
        return NetmapRingBenchmark.all(c.ring_swap(region, bytes, rings.rxOffset(), rings.txOffset()));
    }

    @Benchmark
    public int checkedTransmit() throws NetmapException {
        rings.refill();
        return NetmapRingBenchmark.all(c.ring_checked_transmit(region, bytes, rings.txOffset(), frame, size));
    }

    @Benchmark
    public int checkedReceive() throws NetmapException {
        rings.refill();
        return NetmapRingBenchmark.all(c.ring_checked_receive(region, bytes, rings.rxOffset()));
    }

    @Benchmark
    public int checkedRead() throws NetmapException {
        rings.refill();
        return NetmapRingBenchmark.all(c.ring_checked_read(region, bytes, rings.rxOffset(), frame));
    }

    @Benchmark
    public int checkedCopy() throws NetmapException {
        rings.refill();
        return NetmapRingBenchmark.all(c.ring_checked_copy(region, bytes, rings.rxOffset(), rings.txOffset()));
    }

    @Benchmark
    public int checkedSwap() throws NetmapException {
        rings.refill();
        return NetmapRingBenchmark.all(c.ring_checked_swap(region, bytes, rings.rxOffset(), rings.txOffset()));
    }
}
