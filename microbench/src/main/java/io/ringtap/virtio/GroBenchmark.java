/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.virtio;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import io.ringtap.microbench.Frames;
import io.ringtap.microbench.Microbenchmark;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

import java.util.ArrayList;
import java.util.List;

/** {@link GroCoalescer} in a pipeline: the time for each of the 44 frames that are joined to one super-frame. */
public class GroBenchmark extends Microbenchmark {
    private static final int SEGMENTS = 44;

    /** Whether the frames are marked as having valid checksums. If not, the coalescer has to verify them. */
    @Param({"true", "false"})
    private boolean verified;
    private final VirtioNetHeader header = VirtioNetHeader.of(VnetHeaderLength.MERGEABLE);
    private final List<ByteBuf> frames = new ArrayList<>();
    private GroCoalescer coalescer;
    private EmbeddedChannel channel;

    @Setup
    public void segment() {
        ByteBuf superFrame = Frames.tcpSuperFrame(header, SEGMENTS, 1448);
        VirtioNetHeaderValidator validator = new VirtioNetHeaderValidator(header, VirtioNetOffloads.ALL);
        validator.validate(superFrame);
        GsoSegments segments = GsoSegments.of(superFrame, header, validator.packet(), false);
        while (segments.hasNext()) {
            ByteBuf segment = segments.next(PooledByteBufAllocator.DEFAULT);
            ByteBuf frame = PooledByteBufAllocator.DEFAULT.directBuffer(2048).writeBytes(segment);
            segment.release();
            header.setFlags(frame, 0, verified ? VirtioNetHeader.DATA_VALID : 0);
            frames.add(frame);
        }
        superFrame.release();
        coalescer = new GroCoalescer(VnetHeaderLength.MERGEABLE);
        channel = new EmbeddedChannel(coalescer);
    }

    @TearDown
    public void close() {
        channel.finishAndReleaseAll();
        frames.forEach(ByteBuf::release);
        frames.clear();
    }

    @Benchmark
    @OperationsPerInvocation(SEGMENTS)
    public int coalesce() {
        for (int i = 0; i < SEGMENTS; i++) {
            channel.pipeline().fireChannelRead(frames.get(i).retainedDuplicate());
        }
        channel.pipeline().fireChannelReadComplete();
        ByteBuf superFrame = channel.readInbound();
        int length = superFrame.readableBytes();
        superFrame.release();
        if (length < SEGMENTS * 1448) {
            throw new IllegalStateException("the frames did not become one: " + length);
        }
        return length;
    }
}
