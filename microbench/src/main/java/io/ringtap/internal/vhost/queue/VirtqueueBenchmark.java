/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vhost.queue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.ringtap.internal.vhost.memory.BufferMemory;
import io.ringtap.microbench.Microbenchmark;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

import java.nio.ByteBuffer;

/**
 * Frames through virtqueues in batches of 64, on one thread: what both sides of a queue cost for a frame. A guest pays
 * for the side of the driver.
 */
@OperationsPerInvocation(VirtqueueBenchmark.BATCH)
public class VirtqueueBenchmark extends Microbenchmark {
    static final int BATCH = 64;
    private static final int SIZE = 256;
    private static final int BUFFER = 2048;
    private static final long ADDRESS = 1L << 32;
    private static final NetHeader HEADER = new NetHeader(12, 12, true);

    @Param({"split", "packed"})
    private String ring;
    @Param({"64", "1514"})
    private int length;
    private DriverFrameOutput guestOut;
    private DeviceFrameInput in;
    private DeviceFrameOutput out;
    private DriverFrameInput guestIn;
    private ByteBuf frame;
    private ByteBuf copy;

    @Setup
    public void open() {
        QueueFeatures features = new QueueFeatures(ring.equals("packed"), true, true, false);
        DriverQueueLayout layout = new DriverQueueLayout(SIZE, BUFFER);
        int bytes = (int) layout.bytes(features);
        ByteBuffer first = ByteBuffer.allocateDirect(bytes + DriverMemory.ALIGNMENT)
            .alignedSlice(DriverMemory.ALIGNMENT);
        VirtqueueDriver transmit = VirtqueueDriver.of(new DriverMemory(first, ADDRESS), layout, features);
        guestOut = new DriverFrameOutput(transmit, HEADER);
        in = new DeviceFrameInput(VirtqueueDevice.of(transmit.ring(), features, new BufferMemory(first, ADDRESS),
            transmit.base()), HEADER);
        ByteBuffer second = ByteBuffer.allocateDirect(bytes + DriverMemory.ALIGNMENT)
            .alignedSlice(DriverMemory.ALIGNMENT);
        VirtqueueDriver receive = VirtqueueDriver.of(new DriverMemory(second, ADDRESS), layout, features);
        guestIn = new DriverFrameInput(receive, HEADER);
        guestIn.publish();
        out = new DeviceFrameOutput(VirtqueueDevice.of(receive.ring(), features, new BufferMemory(second, ADDRESS),
            receive.base()), HEADER);
        guestIn.suppressNotifications();
        guestOut.suppressNotifications();
        in.suppressNotifications();
        out.suppressNotifications();
        frame = PooledByteBufAllocator.DEFAULT.directBuffer(2048).writeZero(12 + length);
        copy = PooledByteBufAllocator.DEFAULT.directBuffer(2048);
    }

    @TearDown
    public void close() {
        frame.release();
        copy.release();
    }

    private int send() {
        for (int i = 0; i < BATCH; i++) {
            guestOut.write(frame);
        }
        guestOut.publish();
        return in.take(BATCH);
    }

    private void giveBack(FrameInput input, int count) {
        for (int i = count; i > 0; i--) {
            input.giveBack(input.next() - i);
        }
        input.publish();
    }

    private int receive() {
        out.publish();
        int count = guestIn.take(BATCH);
        giveBack(guestIn, count);
        return count;
    }

    /** From a guest into buffers. */
    @Benchmark
    public int read() {
        int count = send();
        for (int i = count; i > 0; i--) {
            in.read(in.next() - i, copy.clear());
        }
        giveBack(in, count);
        return count;
    }

    /** From buffers into a guest. */
    @Benchmark
    public int write() {
        for (int i = 0; i < BATCH; i++) {
            out.write(frame);
        }
        return receive();
    }

    /** From one guest to another, with the addresses read and one copy. */
    @Benchmark
    public long forward() {
        int count = send();
        long addresses = 0;
        for (int i = count; i > 0; i--) {
            long taken = in.next() - i;
            addresses += in.getLong(taken, 12) + in.getLong(taken, 18);
            out.write(in, taken);
        }
        giveBack(in, count);
        return addresses + receive();
    }
}
