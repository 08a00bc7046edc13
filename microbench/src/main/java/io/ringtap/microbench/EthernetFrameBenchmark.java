/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.microbench;

import io.netty.buffer.ByteBuf;
import io.ringtap.ethernet.EthernetFrame;
import org.openjdk.jmh.annotations.Benchmark;

/** {@link EthernetFrame}: the fields that a bridge reads of each frame, and those that a host reads. */
public class EthernetFrameBenchmark extends Microbenchmark {
    private final ByteBuf frame = Frames.plain(60);
    private final EthernetFrame flyweight = new EthernetFrame();

    @Benchmark
    public long addresses() {
        return EthernetFrame.isValid(frame, 0)
            ? EthernetFrame.destinationBits(frame, 0) ^ EthernetFrame.sourceBits(frame, 0) : 0;
    }

    @Benchmark
    public long flyweight() {
        flyweight.wrap(frame);
        return flyweight.destinationBits() + flyweight.sourceBits() + flyweight.etherType()
            + flyweight.payloadOffset();
    }
}
