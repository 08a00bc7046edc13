/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.loop;

import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.IoRegistration;
import io.netty.util.concurrent.ThreadAwareExecutor;
import io.netty.util.internal.ObjectUtil;

import java.time.Duration;

/**
 * Wraps another {@link IoHandler} and polls it without blocking, for a bounded time after its last event, before it
 * lets it block. This shortens the latency of an event loop thread that has a processor of its own. On a shared
 * processor it takes time from other threads, and the event loop may be slower than one that blocks at once.
 *
 * <pre>{@code
 * new MultiThreadIoEventLoopGroup(SpinningIoHandler.newFactory(EpollIoHandler.newFactory(), Duration.ofMillis(1)));
 * }</pre>
 *
 * <p>Each look is a run of the loop, so tasks, timers and a shutdown are seen between two looks. Something to do is an
 * event for a handle, or a task from another thread; a timer is not, lest a frequent one keeps an idle loop awake.
 *
 * <p>A loop that ends has closed its channels, also where one of the other handler would not: see {@link
 * FrameLoop}.
 *
 * <p>Whatever the other handler carries, this one does: Ringtap's channels and Netty's sockets. Only {@link
 * io.netty.channel.IoEventLoop#isIoType} names this class and no longer the other.
 */
public final class SpinningIoHandler implements IoHandler {
    private static final Duration MAX_BOUND = Duration.ofHours(1);
    private static final int LAST_LOOKS = 64;

    private final ThreadAwareExecutor executor;
    private final IoHandler handler;
    private final long boundNanos;
    private final Look look = new Look();
    /** Whether the handler waits, or is about to: only then has a task to wake it up, which may be a system call. */
    private volatile boolean maySleep;
    /** Whether another thread has given the loop something to do since the last look. */
    private volatile boolean called;
    private boolean idle;
    private long idleSince;

    private SpinningIoHandler(ThreadAwareExecutor executor, IoHandler handler, long boundNanos) {
        this.executor = executor;
        this.handler = handler;
        this.boundNanos = boundNanos;
    }

    /**
     * Makes handlers, one for each event loop.
     *
     * @param handlers of the kind that is to spin
     * @param bound for how long a loop looks before it sleeps; the longer, the more often it is awake when something
     *     comes, and the more it uses without need
     * @throws IllegalArgumentException if the bound is not positive, or over an hour
     */
    public static IoHandlerFactory newFactory(IoHandlerFactory handlers, Duration bound) {
        ObjectUtil.checkNotNull(handlers, "handlers");
        if (bound.isNegative() || bound.isZero() || bound.compareTo(MAX_BOUND) > 0) {
            throw new IllegalArgumentException("bound: " + bound + " (expected: over zero, at most an hour)");
        }
        long boundNanos = bound.toNanos();
        return new IoHandlerFactory() {
            @Override
            public IoHandler newHandler(ThreadAwareExecutor ioExecutor) {
                return new SpinningIoHandler(ioExecutor, handlers.newHandler(ioExecutor), boundNanos);
            }

            @Override
            public boolean isChangingThreadSupported() {
                return handlers.isChangingThreadSupported();
            }
        };
    }

    @Override
    public void initialize() {
        handler.initialize();
    }

    @Override
    public int run(IoHandlerContext context) {
        int handled = idle && System.nanoTime() - idleSince >= boundNanos ? sleep(context) : look(context);
        if (handled > 0 || called) {
            called = false;
            idle = false;
        } else if (!idle) {
            idle = true;
            idleSince = System.nanoTime();
        }
        return handled;
    }

    private int look(IoHandlerContext context) {
        if (idle) {
            Thread.onSpinWait();
        }
        look.context = context;
        return handler.run(look);
    }

    private int sleep(IoHandlerContext context) {
        maySleep = true;
        try {
            // The handler asks the context once more: a task that did not see the flag is seen there.
            return handler.run(context);
        } finally {
            maySleep = false;
        }
    }

    @Override
    public void wakeup() {
        if (executor.isExecutorThread(Thread.currentThread())) {
            return;
        }
        // Before the other flag is looked at: what wakes the handler up also starts a new time of looking.
        if (!called) {
            called = true;
        }
        if (maySleep) {
            handler.wakeup();
        }
    }

    @Override
    public void prepareToDestroy() {
        handler.prepareToDestroy();
    }

    @Override
    public void destroy() {
        try {
            // A loop that is shut down without a quiet period may end without having prepared for it.
            handler.prepareToDestroy();
            // Some operations complete only now, such as a poll that was cancelled: their events are handled too.
            for (int look = 0, vain = 0; look < LAST_LOOKS && vain < 2; look++) {
                vain = handler.run(LastLook.CONTEXT) > 0 ? 0 : vain + 1;
            }
        } finally {
            handler.destroy();
        }
    }

    @Override
    public IoRegistration register(IoHandle handle) throws Exception {
        return handler.register(handle);
    }

    @Override
    public boolean isCompatible(Class<? extends IoHandle> handleType) {
        return handler.isCompatible(handleType);
    }

    /** The event loop's context, except that it never allows blocking. */
    private static final class Look implements IoHandlerContext {
        private IoHandlerContext context;

        @Override
        public boolean canBlock() {
            return false;
        }

        @Override
        public long delayNanos(long currentTimeNanos) {
            return context.delayNanos(currentTimeNanos);
        }

        @Override
        public long deadlineNanos() {
            return context.deadlineNanos();
        }

        @Override
        public boolean shouldReportActiveIoTime() {
            return context.shouldReportActiveIoTime();
        }

        @Override
        public void reportActiveIoTime(long activeNanos) {
            context.reportActiveIoTime(activeNanos);
        }
    }

    /** The context of a loop that has ended. */
    private enum LastLook implements IoHandlerContext {
        CONTEXT;

        @Override
        public boolean canBlock() {
            return false;
        }

        @Override
        public long delayNanos(long currentTimeNanos) {
            return 0;
        }

        @Override
        public long deadlineNanos() {
            return -1;
        }
    }
}
