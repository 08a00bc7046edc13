/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.microbench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ringtap.virtio.VirtioNetHeader;
import io.ringtap.virtio.VnetHeaderLength;
import org.openjdk.jmh.annotations.Benchmark;

/** {@link VirtioNetHeader}: all fields of a 12-byte header. */
public class VirtioNetHeaderBenchmark extends Microbenchmark {
    private final VirtioNetHeader header = VirtioNetHeader.of(VnetHeaderLength.MERGEABLE);
    private final VirtioNetHeader other = VirtioNetHeader.of(VnetHeaderLength.LEGACY);
    private final ByteBuf message = Frames.tcpSuperFrame(header, 2, 1448);
    private final ByteBuf target = Unpooled.directBuffer(64);
    private int size;

    @Benchmark
    public int read() {
        return header.flags(message, 0) + header.gsoType(message, 0) + header.hdrLen(message, 0)
            + header.gsoSize(message, 0) + header.csumStart(message, 0) + header.csumOffset(message, 0)
            + header.numBuffers(message, 0);
    }

    @Benchmark
    public ByteBuf write() {
        header.clear(target, 0);
        header.setFlags(target, 0, VirtioNetHeader.NEEDS_CSUM);
        header.setGsoType(target, 0, VirtioNetHeader.GSO_TCPV4);
        header.setHdrLen(target, 0, Frames.TCP_HEADERS);
        header.setGsoSize(target, 0, ++size & 0x7ff);
        header.setCsumStart(target, 0, 34);
        header.setCsumOffset(target, 0, 16);
        return target;
    }

    @Benchmark
    public ByteBuf convert() {
        header.convert(message, 0, other, target, 0);
        return target;
    }
}
