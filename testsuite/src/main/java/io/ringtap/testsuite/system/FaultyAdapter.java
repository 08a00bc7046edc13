/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testsuite.system;

import io.netty.channel.IoEventLoop;
import io.ringtap.internal.loop.LoopAdapter;
import io.ringtap.internal.loop.Operations;
import io.ringtap.internal.unix.Errno;
import io.ringtap.loop.Readiness;
import io.ringtap.testsuite.system.Faults.Fault;

import java.io.IOException;
import java.util.concurrent.Executor;

/** Registrations and operations of an event loop, which fail when {@link Faults} says so. */
final class FaultyAdapter implements LoopAdapter {
    private final Faults faults;
    private final LoopAdapter adapter;

    FaultyAdapter(Faults faults, LoopAdapter adapter) {
        this.faults = faults;
        this.adapter = adapter;
    }

    @Override
    public String name() {
        return adapter.name();
    }

    @Override
    public boolean completes() {
        return adapter.completes();
    }

    @Override
    public Readiness register(IoEventLoop loop, int descriptor, Readiness.Listener listener) throws IOException {
        failIfTold();
        return adapter.register(loop, descriptor, listener);
    }

    @Override
    public Operations operations(IoEventLoop loop, int descriptor, Operations.Listener listener) throws IOException {
        failIfTold();
        FaultyOperations faulty = new FaultyOperations(listener);
        faulty.real = adapter.operations(loop, descriptor, faulty);
        return faulty;
    }

    private void failIfTold() throws IOException {
        Fault fault = faults.pass("register");
        if (fault != null) {
            throw new IOException("epoll_ctl or its like failed: " + fault);
        }
    }

    /**
     * Operations that fail are still submitted to the loop, but do nothing, so that the order is kept: a read of 0
     * bytes takes no frame, and a write from no memory sends none.
     */
    private final class FaultyOperations implements Operations, Operations.Listener {
        private final Operations.Listener listener;
        private final Fault[] failedReads = new Fault[SLOTS];
        private final Fault[] failedWrites = new Fault[SLOTS];
        private Operations real;

        FaultyOperations(Operations.Listener listener) {
            this.listener = listener;
        }

        @Override
        public void read(int slot, long address, int length) {
            failedReads[slot] = faults.pass("uring read");
            real.read(slot, address, failedReads[slot] == null ? length : 0);
        }

        @Override
        public void write(int slot, long address, int length) {
            failedWrites[slot] = faults.pass("uring write");
            real.write(slot, failedWrites[slot] == null ? address : 0, length);
        }

        @Override
        public void readDone(int slot, int result) {
            listener.readDone(slot, failedReads[slot] == null ? result : failedReads[slot].result());
        }

        @Override
        public void writeDone(int slot, int result) {
            boolean failed = failedWrites[slot] != null && Errno.EFAULT.is(result);
            listener.writeDone(slot, failed ? failedWrites[slot].result() : result);
        }

        @Override
        public void want(boolean readable, boolean writable) {
            real.want(readable, writable);
        }

        @Override
        public void cancel() {
            real.cancel();
        }

        @Override
        public Executor whenReleased() {
            return real.whenReleased();
        }

        @Override
        public void readable() {
            listener.readable();
        }

        @Override
        public void writable() {
            listener.writable();
        }

        @Override
        public void failed() {
            listener.failed();
        }

        @Override
        public void loopClosing() {
            listener.loopClosing();
        }
    }
}
