/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.bridge.http;

import io.netty.channel.Channel;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * The open connections, {@link #MAX} at most. If there are more, those that have asked nothing for the longest time are
 * closed, so that nobody keeps others out by connecting and saying nothing; the operator is told of it, once a minute
 * at most. On the event loop, but for the counts.
 */
final class Connections {
    /** Many for a server that few use, and few descriptors for a process. */
    static final int MAX = 256;
    /** A request is a few hundred bytes: whoever has not sent them by now does not mean to. */
    static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(30);
    /** Whoever has not read an answer by then is gone. */
    private static final long STALLED_NANOS = TimeUnit.SECONDS.toNanos(30);
    private static final long TOLD_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final LongSupplier clock;
    private final Consumer<String> log;
    private final LongAdder closedAsFull = new LongAdder();
    private final LongAdder closedAsSilent = new LongAdder();
    private final LongAdder closedAsStalled = new LongAdder();
    private volatile int size;
    private long toldOf;
    private long toldAt;
    /** Since when they wait for a request, those that wait longest first. */
    private final Map<Channel, Long> idle = new LinkedHashMap<>();
    /** Since when they are being answered, or have read a large part of an answer. */
    private final Map<Channel, Long> answering = new LinkedHashMap<>();
    /** Those that listen to events, since when they have been able to take more, or not. */
    private final Map<Channel, Long> listening = new LinkedHashMap<>();

    /**
     * None yet.
     *
     * @param clock in nanoseconds
     * @param log gets a line when connections had to be closed for others
     */
    Connections(LongSupplier clock, Consumer<String> log) {
        this.clock = clock;
        this.log = log;
        toldAt = clock.getAsLong() - TOLD_NANOS;
    }

    /** A connection is open, and is to ask something. */
    void add(Channel connection) {
        if (idle.size() + answering.size() + listening.size() >= MAX) {
            Channel longest = idle.isEmpty() ? connection : idle.keySet().iterator().next();
            idle.remove(longest);
            closedAsFull.increment();
            longest.close();
            if (longest == connection) {
                return;
            }
        }
        idle.put(connection, clock.getAsLong());
        counted();
        connection.closeFuture().addListener(closed -> {
            idle.remove(connection);
            answering.remove(connection);
            listening.remove(connection);
            counted();
        });
    }

    private void counted() {
        size = idle.size() + answering.size() + listening.size();
    }

    /** It is being answered. */
    void answering(Channel connection) {
        idle.remove(connection);
        put(answering, connection);
    }

    /** It listens to events from now on. */
    void listening(Channel connection) {
        idle.remove(connection);
        put(listening, connection);
    }

    /** Nobody takes out again what is put in after the close. */
    private void put(Map<Channel, Long> into, Channel connection) {
        if (connection.isActive()) {
            into.put(connection, clock.getAsLong());
        }
    }

    /** The client has read something, or has stopped to. */
    void progress(Channel connection) {
        answering.replace(connection, clock.getAsLong());
        listening.replace(connection, clock.getAsLong());
    }

    /** It may ask the next thing. */
    void idle(Channel connection) {
        answering.remove(connection);
        put(idle, connection);
    }

    /** How many are open. Any thread. */
    int size() {
        return size;
    }

    /** How many had to make room for others. Any thread. */
    long closedAsFull() {
        return closedAsFull.sum();
    }

    /** How many have sent no request in time. Any thread. */
    long closedAsSilent() {
        return closedAsSilent.sum();
    }

    /** How many have not read what they asked for. Any thread. */
    long closedAsStalled() {
        return closedAsStalled.sum();
    }

    /** Closes what has waited for too long. */
    void tick() {
        long now = clock.getAsLong();
        closeOlder(idle, now - IDLE_NANOS, false, closedAsSilent);
        closeOlder(answering, now - STALLED_NANOS, false, closedAsStalled);
        closeOlder(listening, now - STALLED_NANOS, true, closedAsStalled);
        long full = closedAsFull();
        if (full > toldOf && now - toldAt >= TOLD_NANOS) {
            log.accept("http: " + (full - toldOf) + " connections were closed, those first that had asked nothing for"
                + " the longest time, as more than " + MAX + " were open");
            toldOf = full;
            toldAt = now;
        }
    }

    private static void closeOlder(Map<Channel, Long> connections, long than, boolean onlyFull, LongAdder count) {
        for (Map.Entry<Channel, Long> each : List.copyOf(connections.entrySet())) {
            if (each.getValue() - than < 0 && !(onlyFull && each.getKey().isWritable())) {
                count.increment();
                each.getKey().close();
            }
        }
    }
}
