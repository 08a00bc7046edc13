/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.netty.buffer.ByteBuf;
import io.ringtap.ethernet.FrameBatch;
import io.ringtap.ethernet.MacAddress;
import io.ringtap.microbench.Frames;
import io.ringtap.microbench.Microbenchmark;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/**
 * {@link RepeatedFrames}: what the guard against storms costs a frame. {@code unicast} is all that it costs frames for
 * one station, the look at the destination that a bridge takes anyway; {@code group} is a frame for a group, each
 * another one, and {@code storm} the same one all the time.
 */
public class RepeatedFramesBenchmark extends Microbenchmark {
    private static final int FRAMES = 64;

    @Param({"60", "1514"})
    private int length;

    private final RepeatedFrames repeated = new RepeatedFrames();
    private final FrameBatch groups = FrameBatch.newInstance();
    private final FrameBatch stations = FrameBatch.newInstance();
    private int next;
    private long number;

    @Setup
    public void fill() {
        for (int i = 0; i < FRAMES; i++) {
            stations.add(Frames.plain(length));
            ByteBuf frame = Frames.plain(length);
            frame.setMedium(0, 0xff_ff_ff).setMedium(3, 0xff_ff_ff);
            groups.add(frame);
        }
    }

    private boolean isRepeated(FrameBatch frames, int index) {
        return MacAddress.isMulticast(frames.getLong(index, 0) >>> 16) && repeated.isRepeated(frames, index, 0);
    }

    @Benchmark
    public boolean unicast() {
        next = next + 1 & FRAMES - 1;
        return isRepeated(stations, next);
    }

    @Benchmark
    public boolean group() {
        next = next + 1 & FRAMES - 1;
        // As the sequence number of a stream of video does.
        groups.get(next).setLong(40, number++);
        return isRepeated(groups, next);
    }

    @Benchmark
    public boolean storm() {
        return isRepeated(groups, 0);
    }
}
