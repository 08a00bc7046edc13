/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.concurrent.Promise;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The thread of a bridge beside its event loops: it tells the listeners what happens, and does what is done now and
 * then. Work that fails is done again when it is due the next time; the failure is told if it is not the same as the
 * time before.
 */
final class BridgeThread {
    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(BridgeThread.class);

    /** Of the thread. */
    private final List<BridgeListener> listeners = new ArrayList<>();
    private final ScheduledExecutorService thread;
    private volatile Thread current;

    /** Does not run before it has something to do. */
    BridgeThread(List<BridgeListener> first) {
        listeners.addAll(first);
        ThreadFactory factory = new DefaultThreadFactory("ringtap-bridge", true);
        thread = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread made = factory.newThread(task);
            current = made;
            return made;
        });
    }

    /** Tells the listener of an event, after those before it. Any thread; does nothing after {@link #end}. */
    void tell(Consumer<BridgeListener> event) {
        if (!execute(() -> tellNow(event))) {
            LOGGER.trace("an event after the end of the bridge");
        }
    }

    /** On the thread. */
    void tellNow(Consumer<BridgeListener> event) {
        // A listener may end itself, or begin another.
        for (BridgeListener listener : List.copyOf(listeners)) {
            tellNow(listener, event);
        }
    }

    private static void tellNow(BridgeListener listener, Consumer<BridgeListener> event) {
        try {
            event.accept(listener);
        } catch (Throwable e) {
            LOGGER.warn("A listener of a bridge has thrown", e);
        }
    }

    /** Does something once, unless the thread has ended by then. Any thread. */
    void after(long millis, Runnable work) {
        try {
            thread.schedule(work, millis, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException ended) {
            LOGGER.trace("nothing is begun after the end of the bridge");
        }
    }

    /** Does something that may take a while, soon; done when it is, or fails with what it has thrown. Any thread. */
    Future<Void> call(Callable<?> work) {
        Promise<Void> done = ImmediateEventExecutor.INSTANCE.newPromise();
        try {
            thread.execute(() -> {
                try {
                    work.call();
                } catch (Throwable e) {
                    done.setFailure(e);
                    return;
                }
                done.setSuccess(null);
            });
        } catch (RejectedExecutionException ended) {
            done.setFailure(ended);
        }
        return done;
    }

    /**
     * Tells one more listener of all events from now on. Any thread.
     *
     * @param first what that one is told before, on the thread
     * @return whether it will be; false after {@link #end}
     */
    boolean begin(BridgeListener listener, Consumer<BridgeListener> first) {
        return execute(() -> {
            tellNow(listener, first);
            listeners.add(listener);
        });
    }

    /** Tells a listener of no further event. Any thread. */
    void end(BridgeListener listener) {
        execute(() -> listeners.remove(listener));
    }

    private boolean execute(Runnable task) {
        try {
            thread.execute(task);
            return true;
        } catch (RejectedExecutionException ended) {
            return false;
        }
    }

    void every(int seconds, Runnable work) {
        thread.scheduleAtFixedRate(new Repeated(work), seconds, seconds, TimeUnit.SECONDS);
    }

    /** Whether it is the thread that calls. */
    boolean isCurrent() {
        return Thread.currentThread() == current;
    }

    /** Ends the thread once all events so far are told; what was to be done later is left out. */
    void end(Runnable last) {
        thread.execute(() -> {
            last.run();
            thread.shutdownNow();
        });
    }

    /** The executor drops a task for good when it throws. */
    private final class Repeated implements Runnable {
        private final Runnable work;
        private String lastFailure = "";

        Repeated(Runnable work) {
            this.work = work;
        }

        @Override
        public void run() {
            try {
                work.run();
                lastFailure = "";
            } catch (Throwable e) {
                if (!e.toString().equals(lastFailure)) {
                    lastFailure = e.toString();
                    tellNow(to -> to.bridgeFailed(e));
                }
            }
        }
    }
}
