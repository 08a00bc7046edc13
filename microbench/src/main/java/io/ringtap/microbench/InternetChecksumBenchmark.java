/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.microbench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ringtap.virtio.InternetChecksum;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** {@link InternetChecksum} over a frame in each of three kinds of memory. */
public class InternetChecksumBenchmark extends Microbenchmark {
    @Param({"60", "1514", "65536"})
    private int size;
    @Param({"direct", "heap", "composite"})
    private String memory;
    private ByteBuf octets;

    @Setup
    public void fill() {
        ByteBuf direct = Frames.plain(size);
        octets = switch (memory) {
            case "direct" -> direct;
            case "heap" -> Unpooled.buffer(size).writeBytes(direct);
            // The headers of a segment and its payload, as segmentation makes them.
            default -> Unpooled.wrappedBuffer(direct.copy(0, 54), direct.copy(54, size - 54));
        };
    }

    @Benchmark
    public int sum() {
        return InternetChecksum.sum(octets, 0, size);
    }
}
