/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.loop;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;

import java.util.concurrent.TimeUnit;

/**
 * A task that an event loop runs again and again, also after it has thrown: an executor drops a periodic task for good
 * then, and one that schedules itself is lost as well. A failure is logged once until the task succeeds again.
 */
public final class RepeatedTask implements Runnable {
    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(RepeatedTask.class);

    private final Runnable task;
    private final Object owner;
    private boolean failing;

    private RepeatedTask(Runnable task, Object owner) {
        this.task = task;
        this.owner = owner;
    }

    /**
     * Runs a task after each period.
     *
     * @param owner whose task it is, for the log
     * @return by what it is cancelled
     * @throws java.util.concurrent.RejectedExecutionException if the event loop has ended
     */
    public static Future<?> every(EventExecutor loop, long period, TimeUnit unit, Object owner, Runnable task) {
        return loop.scheduleWithFixedDelay(new RepeatedTask(task, owner), period, period, unit);
    }

    @Override
    public void run() {
        try {
            task.run();
            failing = false;
        } catch (RuntimeException | Error e) {
            if (!failing) {
                failing = true;
                LOGGER.warn("A task of {} has failed, and goes on when it is due again", owner, e);
            }
        }
    }
}
