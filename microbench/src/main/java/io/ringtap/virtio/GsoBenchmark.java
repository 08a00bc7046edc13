/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.virtio;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.ringtap.microbench.Frames;
import io.ringtap.microbench.Microbenchmark;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/** {@link GsoSegmenter} with a super-frame of 44 segments. The time is that of the whole super-frame. */
public class GsoBenchmark extends Microbenchmark {
    private static final int SEGMENTS = 44;

    @Param({"true", "false"})
    private boolean checksumBeyond;
    private final VirtioNetHeader header = VirtioNetHeader.of(VnetHeaderLength.MERGEABLE);
    private final VirtioNetHeaderValidator validator =
        new VirtioNetHeaderValidator(header, VirtioNetOffloads.ALL);
    private final ByteBufAllocator allocator = PooledByteBufAllocator.DEFAULT;
    private final ByteBuf superFrame = Frames.tcpSuperFrame(header, SEGMENTS, 1448);

    @Benchmark
    public int validate() {
        return validator.validate(superFrame).ordinal();
    }

    @Benchmark
    public int segment() {
        if (validator.validate(superFrame) != VirtioNetVerdict.VALID) {
            throw new IllegalStateException("the super-frame is not valid");
        }
        GsoSegments segments = GsoSegments.of(superFrame, header, validator.packet(), checksumBeyond);
        int count = 0;
        while (segments.hasNext()) {
            segments.next(allocator).release();
            count++;
        }
        if (count != SEGMENTS) {
            throw new IllegalStateException(count + " segments");
        }
        return count;
    }
}
