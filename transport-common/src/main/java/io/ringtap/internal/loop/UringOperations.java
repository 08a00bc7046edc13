/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.loop;

import io.netty.channel.IoEventLoop;
import io.netty.channel.uring.IoUringIoEvent;
import io.netty.channel.uring.IoUringIoOps;
import io.ringtap.internal.unix.NativeMemory;

import java.io.IOException;

/**
 * Reads and writes that io_uring does inline while they are submitted: with RWF_NOWAIT on a non-blocking descriptor
 * none of them is parked, so they complete in the order of submission. Each slot keeps its operation, as a frame must
 * not cost an object. Numbers from {@code linux/io_uring.h} and {@code linux/fs.h}.
 */
final class UringOperations extends UringReadiness implements Operations {
    private static final byte IORING_OP_WRITEV = 2;
    private static final byte IORING_OP_READ = 22;
    private static final byte IORING_OP_WRITE = 23;
    private static final int RWF_NOWAIT = 0x8;
    /** Of struct iovec, an address and a length. */
    private static final int IOVEC = 16;
    /** One of this many writes from a new address or of a new length is cached. */
    private static final int REMEMBERED = 16;

    private final Operations.Listener operationsListener;
    private final Cached[] reads = new Cached[SLOTS];
    /** A batch is read into buffers whose last frames are still being written, or not: two addresses for each slot. */
    private final Cached[] writes = new Cached[2 * SLOTS];
    private final NativeMemory iovecs = NativeMemory.allocate(SLOTS * IOVEC);
    private final Cached[] vectors = new Cached[SLOTS];
    private int unlike;

    /** An operation and what it was made of. */
    private record Cached(IoUringIoOps ops, long address, int length) {
        boolean is(long otherAddress, int otherLength) {
            return address == otherAddress && length == otherLength;
        }
    }

    private UringOperations(int descriptor, Operations.Listener listener) {
        super(descriptor, listener);
        operationsListener = listener;
    }

    static Operations register(IoEventLoop loop, int descriptor, Operations.Listener listener) throws IOException {
        return (Operations) new UringOperations(descriptor, listener).registerWith(loop);
    }

    @Override
    public void read(int slot, long address, int length) {
        Cached cached = reads[slot];
        if (cached == null || !cached.is(address, length)) {
            cached = reads[slot] = make(IORING_OP_READ, slot, address, length);
        }
        registration().submit(cached.ops);
    }

    /**
     * An operation of Netty's cannot be changed, and one made for each write would be garbage. Writes that come again,
     * from the same memory and of the same length, are kept; any other goes through a vector, which the kernel has to
     * read first, but which can be filled anew.
     */
    @Override
    public void write(int slot, long address, int length) {
        Cached cached = writes[slot];
        if (cached == null || !cached.is(address, length)) {
            cached = writes[SLOTS + slot];
            if (cached == null || !cached.is(address, length)) {
                cached = ++unlike % REMEMBERED == 0 ? remember(slot, address, length) : vector(slot, address, length);
            }
        }
        registration().submit(cached.ops);
    }

    private Cached remember(int slot, long address, int length) {
        writes[SLOTS + slot] = writes[slot];
        writes[slot] = make(IORING_OP_WRITE, slot, address, length);
        return writes[slot];
    }

    private Cached vector(int slot, long address, int length) {
        iovecs.buffer().putLong(slot * IOVEC, address);
        iovecs.buffer().putLong(slot * IOVEC + Long.BYTES, length);
        Cached cached = vectors[slot];
        if (cached == null) {
            cached = vectors[slot] = make(IORING_OP_WRITEV, slot, iovecs.address() + slot * IOVEC, 1);
        }
        return cached;
    }

    private Cached make(byte opcode, int slot, long address, int length) {
        IoUringIoOps ops = new IoUringIoOps(opcode, (byte) 0, (short) 0, descriptor(), 0, address, length, RWF_NOWAIT,
            (long) slot, (short) 0, (short) 0, 0, 0);
        return new Cached(ops, address, length);
    }

    @Override
    void completed(IoUringIoEvent completion) {
        switch (completion.opcode()) {
            case IORING_OP_READ -> operationsListener.readDone((int) completion.userData(), completion.res());
            case IORING_OP_WRITE, IORING_OP_WRITEV ->
                operationsListener.writeDone((int) completion.userData(), completion.res());
            default -> super.completed(completion);
        }
    }
}
