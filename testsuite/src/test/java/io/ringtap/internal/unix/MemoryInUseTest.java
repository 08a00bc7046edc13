/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.unix;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ringtap.testsuite.system.MemoryInUse;
import org.junit.jupiter.api.Test;

/** Every system call keeps the native memory that it is given alive until it has returned. */
class MemoryInUseTest {
    private static final int ENXIO = -6;

    private static NativeMemory block() {
        return NativeMemory.allocate(16);
    }

    @Test
    void ioctl() {
        MemoryInUse.assertKept(ENXIO, () -> SystemCalls.ioctl(3, 1, block()), "ioctl");
    }

    @Test
    void poll() {
        MemoryInUse.assertKept(ENXIO, () -> SystemCalls.poll(block(), 1, block()), "ppoll");
        MemoryInUse.assertKept(ENXIO, () -> SystemCalls.pollMillis(block(), 1, block()), "poll");
    }

    @Test
    void socketAddressesAndOptions() {
        MemoryInUse.assertKept(ENXIO, () -> SystemCalls.bind(3, block()), "bind");
        MemoryInUse.assertKept(ENXIO, () -> SystemCalls.connect(3, block()), "connect");
        MemoryInUse.assertKept(ENXIO, () -> SystemCalls.getsockopt(3, 1, 2, block()), "getsockopt");
    }

    @Test
    void pairsOfDescriptors() {
        MemoryInUse.assertKept(ENXIO, () -> SystemCalls.pipe(block()), "pipe");
        MemoryInUse.assertKept(ENXIO, () -> SystemCalls.socketPair(1, block()), "socketpair");
    }

    @Test
    void vectorsOfAFrame() {
        ByteBuf part = Unpooled.directBuffer(4).writeInt(1);
        ByteBuf frame = Unpooled.wrappedUnmodifiableBuffer(part.retainedDuplicate(), Unpooled.buffer(4).writeInt(2));
        try {
            MemoryInUse.assertKept(ENXIO, () -> new IovecArray().write(3, frame), "writev");
        } finally {
            frame.release();
            part.release();
        }
    }
}
