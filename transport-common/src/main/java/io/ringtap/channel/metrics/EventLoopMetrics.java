/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel.metrics;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.EventExecutorGroup;
import io.netty.util.concurrent.Future;
import io.ringtap.internal.loop.RepeatedTask;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * How late the event loops of a group are, as a timer for each: {@code ringtap.event.loop.lag} with the tag {@code
 * loop}, the number of the event loop within its group. A task that is due each second notes how much later it ran. An
 * event loop that serves many frames, or whose handlers wait, is late; one with nothing to do is late by as much as the
 * operating system takes to wake it.
 *
 * <p>{@link #close()} ends the tasks. They end with their event loops as well.
 */
// Micrometer is optional: who uses this class requires it.
@SuppressWarnings("exports")
public final class EventLoopMetrics implements MeterBinder, AutoCloseable {
    private static final long PERIOD_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final EventExecutorGroup group;
    private final Tags tags;
    private final List<Probe> probes = new ArrayList<>();
    private boolean closed;

    /**
     * Meters of a group of event loops.
     *
     * @param tags what tells it from other groups; none are needed if there is one
     */
    public EventLoopMetrics(EventExecutorGroup group, Iterable<Tag> tags) {
        this.group = Objects.requireNonNull(group, "group");
        this.tags = Tags.of(tags);
    }

    @Override
    public synchronized void bindTo(MeterRegistry registry) {
        if (closed) {
            return;
        }
        int number = 0;
        for (EventExecutor loop : group) {
            Timer lag = Timer.builder("ringtap.event.loop.lag").tags(tags).tag("loop", "" + number++)
                .description("How much later than due a task ran on an event loop").register(registry);
            Probe probe = new Probe(loop, lag);
            probes.add(probe);
            probe.begin();
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        probes.forEach(Probe::end);
        probes.clear();
    }

    /** The task of one event loop. */
    private static final class Probe implements Runnable {
        private final EventExecutor loop;
        private final Timer lag;
        private Future<?> next;
        private long due;

        Probe(EventExecutor loop, Timer lag) {
            this.loop = loop;
            this.lag = lag;
        }

        void begin() {
            due = System.nanoTime() + PERIOD_NANOS;
            try {
                next = RepeatedTask.every(loop, PERIOD_NANOS, TimeUnit.NANOSECONDS, loop, this);
            } catch (RejectedExecutionException loopEnded) {
                next = null;
            }
        }

        @Override
        public void run() {
            long late = System.nanoTime() - due;
            try {
                lag.record(Math.max(0, late), TimeUnit.NANOSECONDS);
            } finally {
                due = System.nanoTime() + PERIOD_NANOS;
            }
        }

        void end() {
            if (next != null) {
                next.cancel(false);
            }
        }
    }
}
