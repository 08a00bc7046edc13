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

/**
 * The open connections, {@link #MAX} at most. If there are more, those that have asked nothing for the longest time are
 * closed, so that nobody keeps others out by connecting and saying nothing. On the event loop.
 */
final class Connections {
    /** Many for a server that few use, and few descriptors for a process. */
    static final int MAX = 256;
    /** A request is a few hundred bytes: whoever has not sent them by now does not mean to. */
    static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(30);
    /** Whoever has not read an answer by then is gone. */
    private static final long STALLED_NANOS = TimeUnit.SECONDS.toNanos(30);

    /** Since when they wait for a request, those that wait longest first. */
    private final Map<Channel, Long> idle = new LinkedHashMap<>();
    /** Since when they are being answered, or have read a large part of an answer. */
    private final Map<Channel, Long> answering = new LinkedHashMap<>();
    /** Those that listen to events, since when they have been able to take more, or not. */
    private final Map<Channel, Long> listening = new LinkedHashMap<>();

    /** A connection is open, and is to ask something. */
    void add(Channel connection) {
        if (size() >= MAX) {
            Channel longest = idle.isEmpty() ? connection : idle.keySet().iterator().next();
            idle.remove(longest);
            longest.close();
            if (longest == connection) {
                return;
            }
        }
        idle.put(connection, System.nanoTime());
        connection.closeFuture().addListener(closed -> {
            idle.remove(connection);
            answering.remove(connection);
            listening.remove(connection);
        });
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
    private static void put(Map<Channel, Long> into, Channel connection) {
        if (connection.isActive()) {
            into.put(connection, System.nanoTime());
        }
    }

    /** The client has read something, or has stopped to. */
    void progress(Channel connection) {
        answering.replace(connection, System.nanoTime());
        listening.replace(connection, System.nanoTime());
    }

    /** It may ask the next thing. */
    void idle(Channel connection) {
        answering.remove(connection);
        put(idle, connection);
    }

    int size() {
        return idle.size() + answering.size() + listening.size();
    }

    /** Closes what has waited for too long. */
    void tick() {
        long now = System.nanoTime();
        closeOlder(idle, now - IDLE_NANOS, false);
        closeOlder(answering, now - STALLED_NANOS, false);
        closeOlder(listening, now - STALLED_NANOS, true);
    }

    private static void closeOlder(Map<Channel, Long> connections, long than, boolean onlyFull) {
        for (Map.Entry<Channel, Long> each : List.copyOf(connections.entrySet())) {
            if (each.getValue() - than < 0 && !(onlyFull && each.getKey().isWritable())) {
                each.getKey().close();
            }
        }
    }
}
