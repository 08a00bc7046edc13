/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testsuite.remote;

import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.IoOps;
import io.netty.channel.IoRegistration;
import io.netty.channel.kqueue.KQueueIoEvent;
import io.netty.channel.kqueue.KQueueIoHandle;
import io.netty.channel.kqueue.KQueueIoOps;
import io.netty.util.concurrent.ThreadAwareExecutor;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * An event loop on a kqueue of a remote FreeBSD machine. To a handle it is what Netty's {@code KQueueIoHandler} is,
 * which calls native code of its own and so runs on its own machine alone: changes are collected and go to the kernel
 * with the next wait, in one kevent(2); each registration has a number, by which an event finds it, so that one of a
 * descriptor that was closed and opened again goes to nobody; a change that the kernel refuses is passed over; and a
 * registration that was cancelled is dropped at the end of the turn.
 */
public final class RemoteKQueueIoHandler implements IoHandler {
    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(RemoteKQueueIoHandler.class);
    private static final int WAKE_UP = 0;
    private static final int FIRST_EVENTS = 64;
    private static final int MOST_EVENTS = 4096;
    private static final long MOST_NANOS = TimeUnit.HOURS.toNanos(24) - 1;
    private static final int TIMESPEC = 16;
    private static final long FAILURE_PAUSE_MILLIS = 100;

    private final ThreadAwareExecutor executor;
    private final AgentSession session;
    private final int kqueue;
    private final KEvents changes = new KEvents(FIRST_EVENTS);
    private final KEvents events = new KEvents(FIRST_EVENTS);
    private final Map<Long, Registration> registrations = new HashMap<>();
    private final Queue<Registration> cancelled = new ArrayDeque<>();
    /** Whether the loop waits, or is about to; whoever makes it false has to wake it up. */
    private final AtomicBoolean asleep = new AtomicBoolean();
    private long lastId = WAKE_UP;
    private boolean destroyed;

    private RemoteKQueueIoHandler(ThreadAwareExecutor executor, AgentSession session) {
        this.executor = executor;
        this.session = session;
        try {
            kqueue = (int) checked("kqueue", new RemoteCall(session, FreeBsdCalls.KQUEUE).execute());
            KEvents wakeUp = new KEvents(1);
            wakeUp.add(WAKE_UP, KEvents.EVFILT_USER, (short) (KEvents.EV_ADD | KEvents.EV_CLEAR), 0, WAKE_UP);
            checked("kevent(EVFILT_USER)", change(wakeUp));
        } catch (AgentException e) {
            throw new IllegalStateException("no kqueue: " + e.getMessage(), e);
        }
    }

    /** Makes handlers, one for each event loop. */
    public static IoHandlerFactory newFactory(AgentSession session) {
        return new IoHandlerFactory() {
            @Override
            public IoHandler newHandler(ThreadAwareExecutor ioExecutor) {
                return new RemoteKQueueIoHandler(ioExecutor, session);
            }

            @Override
            public boolean isChangingThreadSupported() {
                return true;
            }
        };
    }

    private static long checked(String call, long result) {
        if (result < 0) {
            throw new IllegalStateException(call + " fails with error " + -result);
        }
        return result;
    }

    private long change(KEvents some) throws AgentException {
        RemoteCall call = new RemoteCall(session, FreeBsdCalls.KEVENT);
        return call.execute(kqueue, call.in(some.content()), some.count(), 0, 0, 0);
    }

    @Override
    public int run(IoHandlerContext context) {
        int handled = 0;
        try {
            int ready = await(context);
            long start = context.shouldReportActiveIoTime() ? System.nanoTime() : 0;
            for (int i = 0; i < ready; i++) {
                handled += dispatch(i) ? 1 : 0;
            }
            if (context.shouldReportActiveIoTime()) {
                context.reportActiveIoTime(System.nanoTime() - start);
            }
            if (ready == events.capacity() && ready < MOST_EVENTS) {
                events.grow();
            }
        } catch (AgentException e) {
            pauseAfter("The machine of the kqueue is lost.", e);
        } finally {
            dropCancelled();
        }
        return handled;
    }

    private int await(IoHandlerContext context) throws AgentException {
        if (!context.canBlock()) {
            return kevent(0);
        }
        asleep.set(true);
        try {
            // A task that was added before the flag was set is seen here; a later one finds the flag set and wakes up.
            return kevent(!context.canBlock() ? 0
                : context.deadlineNanos() == -1 ? -1 : Math.max(0, context.delayNanos(System.nanoTime())));
        } finally {
            asleep.set(false);
        }
    }

    /** Hands the changes to the kernel and waits for events; -1 waits for ever. */
    private int kevent(long nanos) throws AgentException {
        RemoteCall call = new RemoteCall(session, FreeBsdCalls.KEVENT);
        long wait = Math.min(nanos, MOST_NANOS);
        call.waitingFor(wait < 0 ? -1 : TimeUnit.NANOSECONDS.toMillis(wait));
        long timespec = wait < 0 ? 0 : call.in(AgentProtocol.allocate(TIMESPEC)
            .putLong(TimeUnit.NANOSECONDS.toSeconds(wait)).putLong(wait % TimeUnit.SECONDS.toNanos(1)).array());
        int changed = changes.count();
        long from = changed == 0 ? 0 : call.in(changes.content());
        long to = call.out(events.capacity() * KEvents.SIZE,
            (result, bytes) -> events.take(bytes, (int) Math.max(0, result)));
        changes.clear();
        long result = call.execute(kqueue, from, changed, to, events.capacity(), timespec);
        if (result < 0) {
            pauseAfter("kevent fails", new IllegalStateException("error " + -result));
        }
        return (int) Math.max(0, result);
    }

    private boolean dispatch(int i) {
        if (events.filter(i) == KEvents.EVFILT_USER) {
            return false;
        }
        if ((events.flags(i) & KEvents.EV_ERROR) != 0) {
            LOGGER.debug("a change of filter {} of descriptor {} fails with {}", events.filter(i), events.ident(i),
                events.data(i));
            return false;
        }
        Registration registration = registrations.get(events.userData(i));
        if (registration == null) {
            LOGGER.warn("an event of filter {} of descriptor {} is of no registration", events.filter(i),
                events.ident(i));
            return false;
        }
        return registration.handle(KQueueIoEvent.newEvent(events.ident(i), events.filter(i), events.flags(i),
            events.filterFlags(i), events.data(i), events.userData(i)));
    }

    private static void pauseAfter(String message, Exception cause) {
        LOGGER.warn(message, cause);
        try {
            Thread.sleep(FAILURE_PAUSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void dropCancelled() {
        Registration registration;
        while ((registration = cancelled.poll()) != null) {
            registrations.remove(registration.id);
            registration.handle.unregistered();
        }
    }

    @Override
    public void wakeup() {
        if (!executor.isExecutorThread(Thread.currentThread()) && asleep.compareAndSet(true, false)) {
            KEvents trigger = new KEvents(1);
            trigger.add(WAKE_UP, KEvents.EVFILT_USER, (short) 0, KEvents.NOTE_TRIGGER, WAKE_UP);
            try {
                change(trigger);
            } catch (AgentException e) {
                LOGGER.debug("The machine of the kqueue is lost.", e);
            }
        }
    }

    @Override
    public IoRegistration register(IoHandle handle) {
        if (!(handle instanceof KQueueIoHandle kqueueHandle)) {
            throw new IllegalArgumentException("a handle of type " + handle.getClass() + " is not of a kqueue");
        }
        if (destroyed) {
            throw new IllegalStateException("the kqueue is closed");
        }
        Registration registration = new Registration(++lastId, kqueueHandle);
        registrations.put(registration.id, registration);
        handle.registered();
        return registration;
    }

    @Override
    public boolean isCompatible(Class<? extends IoHandle> handleType) {
        return KQueueIoHandle.class.isAssignableFrom(handleType);
    }

    @Override
    public void prepareToDestroy() {
        for (Registration registration : List.copyOf(registrations.values())) {
            registration.close();
        }
        dropCancelled();
    }

    @Override
    public void destroy() {
        prepareToDestroy();
        destroyed = true;
        try {
            new RemoteCall(session, FreeBsdCalls.CLOSE).execute(kqueue);
        } catch (AgentException e) {
            LOGGER.debug("The machine of the kqueue is lost.", e);
        }
    }

    private final class Registration implements IoRegistration {
        private final long id;
        private final KQueueIoHandle handle;
        private final AtomicBoolean isCancelled = new AtomicBoolean();

        Registration(long id, KQueueIoHandle handle) {
            this.id = id;
            this.handle = handle;
        }

        @Override
        public <T> T attachment() {
            return null;
        }

        @Override
        public long submit(IoOps ops) {
            if (!(ops instanceof KQueueIoOps wanted)) {
                throw new IllegalArgumentException("operations of type " + ops.getClass() + " are not of a kqueue");
            }
            if (isCancelled.get()) {
                return -1;
            }
            if (executor.isExecutorThread(Thread.currentThread())) {
                add(wanted);
            } else {
                executor.execute(() -> add(wanted));
            }
            return 0;
        }

        private void add(KQueueIoOps wanted) {
            if (!isCancelled.get()) {
                changes.add(handle.ident(), wanted.filter(), wanted.flags(), wanted.fflags(), id);
            }
        }

        boolean handle(KQueueIoEvent event) {
            if (isCancelled.get()) {
                return false;
            }
            try {
                handle.handle(this, event);
            } catch (Exception e) {
                pauseAfter("Unexpected exception of an I/O handle.", e);
            }
            return true;
        }

        @Override
        public boolean isValid() {
            return !isCancelled.get();
        }

        @Override
        public boolean cancel() {
            if (!isCancelled.compareAndSet(false, true)) {
                return false;
            }
            if (executor.isExecutorThread(Thread.currentThread())) {
                cancelled.add(this);
            } else {
                executor.execute(() -> cancelled.add(this));
            }
            return true;
        }

        /** In this order, as Netty's does: what a handle submits while it closes is refused. */
        void close() {
            cancel();
            try {
                handle.close();
            } catch (Exception e) {
                LOGGER.debug("A handle does not close", e);
            }
        }
    }
}
