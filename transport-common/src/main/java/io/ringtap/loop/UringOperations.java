/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.loop;

import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.uring.IoUringIoEvent;
import io.netty.channel.uring.IoUringIoOps;

import java.io.IOException;

/**
 * Reads and writes that io_uring does inline while they are submitted: with RWF_NOWAIT on a non-blocking descriptor
 * none of them is parked, so they complete in the order of submission. Each slot keeps its operation, as a frame must
 * not cost an object. Numbers from {@code linux/io_uring.h} and {@code linux/fs.h}.
 */
final class UringOperations extends UringReadiness implements Operations {
    private static final byte IORING_OP_WRITEV = 2;
    private static final byte IORING_OP_READ = 22;
    private static final byte IOSQE_IO_LINK = 1 << 2;
    private static final int RWF_NOWAIT = 0x8;

    private final Operations.Listener operationsListener;
    private final Cached[] reads = new Cached[SLOTS];
    private final Cached[] writes = new Cached[SLOTS];

    /** An operation and what it was made of. */
    private record Cached(IoUringIoOps ops, byte flags, long address, int length) {
        boolean is(byte otherFlags, long otherAddress, int otherLength) {
            return flags == otherFlags && address == otherAddress && length == otherLength;
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
        submit(reads, slot, IORING_OP_READ, (byte) 0, address, length);
    }

    @Override
    public void write(int slot, long iovec, boolean linked) {
        submit(writes, slot, IORING_OP_WRITEV, linked ? IOSQE_IO_LINK : 0, iovec, 1);
    }

    private void submit(Cached[] cache, int slot, byte opcode, byte flags, long address, int length) {
        Cached cached = cache[slot];
        if (cached == null || !cached.is(flags, address, length)) {
            IoUringIoOps ops = new IoUringIoOps(opcode, flags, (short) 0, descriptor(), 0, address, length, RWF_NOWAIT,
                (long) slot, (short) 0, (short) 0, 0, 0);
            cached = cache[slot] = new Cached(ops, flags, address, length);
        }
        registration().submit(cached.ops);
    }

    @Override
    public void handle(IoRegistration raw, IoEvent event) {
        IoUringIoEvent completion = (IoUringIoEvent) event;
        switch (completion.opcode()) {
            case IORING_OP_READ -> operationsListener.readDone((int) completion.userData(), completion.res());
            case IORING_OP_WRITEV -> operationsListener.writeDone((int) completion.userData(), completion.res());
            default -> super.handle(raw, event);
        }
    }
}
