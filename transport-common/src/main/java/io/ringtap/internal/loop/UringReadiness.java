/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.loop;

import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.uring.IoUringIoEvent;
import io.netty.channel.uring.IoUringIoHandle;
import io.netty.channel.uring.IoUringIoOps;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import io.ringtap.internal.unix.PollEvents;
import io.ringtap.loop.Readiness;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;

/**
 * A descriptor on Netty's io_uring loop: one-shot IORING_OP_POLL_ADD operations, each armed anew when it has completed
 * and its event is still wanted. A poll that is armed while its condition holds completes at once, which makes them
 * level-triggered. What is no longer wanted is left armed: it completes once in vain, or is wanted again before that,
 * and either is cheaper than to withdraw it.
 *
 * <p>An armed poll holds the open file and not the number: cancelled, it is withdrawn, and {@link #whenReleased()} says
 * when the kernel has let go of it. Numbers from {@code linux/io_uring.h}.
 */
class UringReadiness extends DescriptorReadiness implements IoUringIoHandle {
    static final LoopAdapter ADAPTER = new LoopAdapter() {
        @Override
        public String name() {
            return "io_uring";
        }

        @Override
        public Readiness register(IoEventLoop loop, int descriptor, Listener listener) throws IOException {
            return new UringReadiness(descriptor, listener).registerWith(loop);
        }

        @Override
        public boolean completes() {
            return true;
        }

        @Override
        public Operations operations(IoEventLoop loop, int descriptor, Operations.Listener listener)
            throws IOException {
            return UringOperations.register(loop, descriptor, listener);
        }
    };

    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(UringReadiness.class);
    private static final long FAILURE_PAUSE_MILLIS = 100;
    private static final byte IORING_OP_POLL_ADD = 6;
    private static final byte IORING_OP_POLL_REMOVE = 7;
    /** What a poll that was withdrawn completes with; {@code asm-generic/errno.h}. */
    private static final int ECANCELED = 125;

    /** One poll operation, armed or not. */
    private final class Poll {
        private final IoUringIoOps ops;
        private boolean armed;
        private long id;

        Poll(int events, int number) {
            ops = new IoUringIoOps(IORING_OP_POLL_ADD, (byte) 0, (short) 0, descriptor(), 0, 0, 0, events, number,
                (short) 0, (short) 0, 0, 0);
        }

        void arm() {
            if (!armed) {
                // A queue that is full, and that the kernel does not empty, throws.
                id = registration().submit(ops);
                armed = true;
            }
        }

        void withdraw() {
            if (armed) {
                registration().submit(new IoUringIoOps(IORING_OP_POLL_REMOVE, (byte) 0, (short) 0, -1, 0, id, 0, 0, 0,
                    (short) 0, (short) 0, 0, 0));
            }
        }
    }

    private final Poll read = new Poll(PollEvents.POLLIN, 0);
    private final Poll write = new Poll(PollEvents.POLLOUT, 1);
    /** Waits for no event but the errors that come with every poll. */
    private final Poll idle = new Poll(0, 2);
    private final Poll[] polls = {read, write, idle};
    private final List<Runnable> afterRelease = new ArrayList<>(1);
    /** The peer of a stream socket sends no more: POLLRDHUP, which no poll can mask, would complete each at once. */
    private boolean halfClosed;
    private boolean released;

    UringReadiness(int descriptor, Listener listener) {
        super(descriptor, listener);
    }

    static boolean fits(IoEventLoop loop) {
        return loop.isCompatible(IoUringIoHandle.class);
    }

    @Override
    void update() {
        if (isReading()) {
            read.arm();
        }
        if (isWriting()) {
            write.arm();
        }
        if (!read.armed && !write.armed && !halfClosed) {
            idle.arm();
        }
    }

    /**
     * {@inheritDoc} Netty counts the operation as completed only if this returns. If it throws, the registration never
     * ends, and a channel whose close waits for that stays open. So an exception is logged here, with a pause as
     * Netty makes one.
     */
    @Override
    public final void handle(IoRegistration raw, IoEvent event) {
        try {
            completed((IoUringIoEvent) event);
        } catch (RuntimeException broken) {
            LOGGER.warn("Unexpected exception of an I/O handle.", broken);
            pause();
        }
    }

    private static void pause() {
        try {
            Thread.sleep(FAILURE_PAUSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** An operation has completed. */
    void completed(IoUringIoEvent completion) {
        if (completion.opcode() != IORING_OP_POLL_ADD || isCancelled()) {
            return;
        }
        Poll poll = polls[(int) completion.userData()];
        poll.armed = false;
        int result = completion.res();
        if (result < 0) {
            result = result == -ECANCELED ? 0 : PollEvents.POLLERR;
        } else if (poll != read && isReading()) {
            // Only the poll for reading knows whether there is something to read before the hang-up.
            result &= ~PollEvents.POLLHUP;
        } else if (poll == idle && (result & (PollEvents.POLLERR | PollEvents.POLLHUP)) == 0) {
            halfClosed = true;
        }
        try {
            tell(result);
        } finally {
            if (!isCancelled()) {
                update();
            }
        }
    }

    @Override
    void withdraw() {
        for (Poll poll : polls) {
            poll.withdraw();
        }
    }

    @Override
    public void unregistered() {
        released = true;
        afterRelease.forEach(Runnable::run);
        afterRelease.clear();
    }

    @Override
    public Executor whenReleased() {
        return released ? null : this::runReleased;
    }

    private void runReleased(Runnable command) {
        if (released) {
            command.run();
        } else {
            afterRelease.add(command);
        }
    }
}
