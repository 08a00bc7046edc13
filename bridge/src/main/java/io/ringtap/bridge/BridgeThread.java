/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;

import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The thread of a bridge beside its event loops: it tells the listener what happens, and does what is done now and
 * then. Work that fails is done again when it is due the next time; the failure is told if it is not the same as the
 * time before.
 */
final class BridgeThread {
    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(BridgeThread.class);

    private final BridgeListener listener;
    private final ScheduledExecutorService thread;
    private volatile Thread current;

    BridgeThread(BridgeListener listener) {
        this.listener = listener;
        ThreadFactory factory = new DefaultThreadFactory("ringtap-bridge", true);
        thread = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread made = factory.newThread(task);
            current = made;
            return made;
        });
    }

    /** Tells the listener of an event, after those before it. Any thread; does nothing after {@link #end}. */
    void tell(Consumer<BridgeListener> event) {
        try {
            thread.execute(() -> tellNow(event));
        } catch (RejectedExecutionException ended) {
            LOGGER.trace("an event after the end of the bridge");
        }
    }

    /** On the thread. */
    void tellNow(Consumer<BridgeListener> event) {
        try {
            event.accept(listener);
        } catch (Throwable e) {
            LOGGER.warn("A listener of a bridge has thrown", e);
        }
    }

    void every(int seconds, Runnable work) {
        thread.scheduleAtFixedRate(new Repeated(work), seconds, seconds, TimeUnit.SECONDS);
    }

    /** Whether it is the thread that calls. */
    boolean isCurrent() {
        return Thread.currentThread() == current;
    }

    /** Ends the thread once all events so far are told. */
    void end(Runnable last) {
        thread.execute(last);
        thread.shutdown();
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
