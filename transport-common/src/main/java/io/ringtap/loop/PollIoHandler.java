/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.loop;

import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.IoOps;
import io.netty.channel.IoRegistration;
import io.netty.util.concurrent.ThreadAwareExecutor;
import io.netty.util.internal.ObjectUtil;
import io.netty.util.internal.StringUtil;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import io.ringtap.internal.unix.PollEvents;
import io.ringtap.internal.unix.SystemCalls;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * An {@link IoHandler} on ppoll(2), for systems on which none of Netty's native ones exists. It needs the C library and
 * jnr-ffi and nothing else, and carries every {@link PollIoHandle}: Ringtap's channels, but not Netty's sockets. A wait
 * costs time in proportion to the number of descriptors.
 *
 * <p>Registrations may be used and cancelled by any thread; everything else follows the rules of {@link IoHandler}.
 */
public final class PollIoHandler implements IoHandler {
    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(PollIoHandler.class);
    /** The pause after a failure, so that a lasting failure does not use a whole processor. */
    private static final long FAILURE_PAUSE_MILLIS = 100;

    private final ThreadAwareExecutor executor;
    private final PollSet descriptors = new PollSet();
    private final WakeUpPipe wakeUpPipe;
    private final Set<Registration> registrations = new HashSet<>();
    /** Whether the loop waits, or is about to; whoever makes it false has to signal. */
    private final AtomicBoolean asleep = new AtomicBoolean();
    private boolean destroyed;

    private PollIoHandler(ThreadAwareExecutor executor) {
        this.executor = ObjectUtil.checkNotNull(executor, "executor");
        try {
            wakeUpPipe = new WakeUpPipe();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        descriptors.put(wakeUpPipe, PollEvents.POLLIN);
    }

    /**
     * Makes handlers, one for each event loop.
     *
     * @throws UnsatisfiedLinkError or another {@link LinkageError} if the C library cannot be loaded
     */
    public static IoHandlerFactory newFactory() {
        SystemCalls.load();
        return new IoHandlerFactory() {
            @Override
            public IoHandler newHandler(ThreadAwareExecutor ioExecutor) {
                return new PollIoHandler(ioExecutor);
            }

            @Override
            public boolean isChangingThreadSupported() {
                return true;
            }
        };
    }

    @Override
    public int run(IoHandlerContext context) {
        int handled = 0;
        boolean timed = context.shouldReportActiveIoTime();
        long activeNanos = 0;
        try {
            int ready = await(context);
            if (ready > 0) {
                long start = timed ? System.nanoTime() : 0;
                handled = descriptors.dispatch(ready);
                activeNanos = timed ? System.nanoTime() - start : 0;
            }
        } catch (IOException e) {
            pauseAfter("Unexpected failure in the poll loop.", e);
        }
        if (timed) {
            context.reportActiveIoTime(activeNanos);
        }
        return handled;
    }

    private int await(IoHandlerContext context) throws IOException {
        if (!context.canBlock()) {
            return descriptors.poll(0);
        }
        asleep.set(true);
        try {
            // canBlock() sees a task that was added before the flag was set; a later task finds the flag set and
            // signals.
            return descriptors.poll(context.canBlock() ? timeout(context) : 0);
        } finally {
            asleep.set(false);
        }
    }

    private static long timeout(IoHandlerContext context) {
        return context.deadlineNanos() == -1 ? -1 : Math.max(0, context.delayNanos(System.nanoTime()));
    }

    private static void pauseAfter(String message, Exception cause) {
        LOGGER.warn(message, cause);
        try {
            Thread.sleep(FAILURE_PAUSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void wakeup() {
        if (!executor.isExecutorThread(Thread.currentThread()) && asleep.get() && asleep.compareAndSet(true, false)) {
            wakeUpPipe.signal();
        }
    }

    @Override
    public IoRegistration register(IoHandle handle) {
        if (!(handle instanceof PollIoHandle pollHandle)) {
            throw new IllegalArgumentException(
                "IoHandle of type " + StringUtil.simpleClassName(handle) + " not supported");
        }
        if (destroyed) {
            throw new IllegalStateException("PollIoHandler is destroyed");
        }
        Registration registration = new Registration(pollHandle);
        registrations.add(registration);
        handle.registered();
        return registration;
    }

    @Override
    public boolean isCompatible(Class<? extends IoHandle> handleType) {
        return PollIoHandle.class.isAssignableFrom(handleType);
    }

    @Override
    public void prepareToDestroy() {
        for (Registration registration : Set.copyOf(registrations)) {
            registration.close();
        }
    }

    @Override
    public void destroy() {
        // A loop that is shut down without a quiet period may end without having prepared for it.
        prepareToDestroy();
        destroyed = true;
        wakeUpPipe.close();
    }

    private final class Registration extends PollSet.Entry implements IoRegistration {
        private final PollIoHandle handle;
        private final AtomicBoolean cancelled = new AtomicBoolean();

        Registration(PollIoHandle handle) {
            this.handle = handle;
        }

        @Override
        public <T> T attachment() {
            return null;
        }

        @Override
        public long submit(IoOps ops) {
            if (!(ops instanceof PollIoOps pollOps)) {
                throw new IllegalArgumentException("IoOps of type " + StringUtil.simpleClassName(ops)
                    + " not supported");
            }
            if (cancelled.get()) {
                return -1;
            }
            if (executor.isExecutorThread(Thread.currentThread())) {
                waitFor(pollOps);
            } else {
                executor.execute(() -> waitFor(pollOps));
            }
            return pollOps.value();
        }

        private void waitFor(PollIoOps ops) {
            if (cancelled.get()) {
                return;
            }
            if (ops == PollIoOps.NONE) {
                descriptors.remove(this);
            } else {
                descriptors.put(this, ops.value());
            }
        }

        @Override
        public boolean isValid() {
            return !cancelled.get();
        }

        @Override
        public boolean cancel() {
            if (!cancelled.compareAndSet(false, true)) {
                return false;
            }
            if (executor.isExecutorThread(Thread.currentThread())) {
                remove();
            } else {
                executor.execute(this::remove);
            }
            return true;
        }

        private void remove() {
            descriptors.remove(this);
            registrations.remove(this);
            handle.unregistered();
        }

        @Override
        int fd() {
            return handle.fd();
        }

        @Override
        boolean ready(int events) {
            if (cancelled.get()) {
                // By another thread, whose task to remove it is on its way.
                return false;
            }
            try {
                handle.handle(this, PollIoOps.valueOf(events).event());
            } catch (Exception e) {
                // One failing handle must not stop the others.
                pauseAfter("Unexpected exception of an I/O handle.", e);
            }
            if ((events & PollEvents.POLLNVAL) != 0) {
                // The descriptor was closed before it was cancelled. Unlike epoll, poll(2) would report it for ever.
                descriptors.remove(this);
            }
            return true;
        }

        /** Closes the handle, which may cancel; what it leaves is cancelled here. */
        void close() {
            try {
                handle.close();
            } catch (Exception e) {
                LOGGER.debug("Exception during closing {}", handle, e);
            }
            cancel();
        }
    }
}
