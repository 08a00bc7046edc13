/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;

/**
 * How far a bridge is between its making and its end, what is under way in it, and which threads must not wait for it.
 * Any thread.
 */
final class BridgeLifecycle {
    private final BridgeThread thread;
    private final BooleanSupplier servesPort;
    private final Set<Future<?>> underWay = new HashSet<>();
    private final Promise<Void> closed = new BridgePromise<>(this::isNeeded);
    private EventLoopGroup group;
    private State state = State.NEW;

    private enum State {
        NEW, OPENING, OPEN, CLOSED
    }

    /**
     * Of a bridge that is not open.
     *
     * @param servesPort whether the thread that calls is the event loop of a port
     */
    BridgeLifecycle(BridgeThread thread, BooleanSupplier servesPort) {
        this.thread = thread;
        this.servesPort = servesPort;
    }

    /** The ports are being opened from now on; {@code null} if they were before, or the bridge was closed. */
    Promise<Void> beginOpening(EventLoopGroup loops) {
        return begin(State.NEW, State.OPENING, loops);
    }

    /** All ports are open; false if the bridge was closed in the meantime. */
    synchronized boolean opened() {
        if (state != State.OPENING) {
            return false;
        }
        state = State.OPEN;
        return true;
    }

    /** Something begins that the end of the bridge waits for; {@code null} if the bridge is not open. */
    <T> Promise<T> begin() {
        return begin(State.OPEN, State.OPEN, null);
    }

    private synchronized <T> Promise<T> begin(State from, State to, EventLoopGroup loops) {
        if (state != from) {
            return null;
        }
        state = to;
        group = loops == null ? group : loops;
        Promise<T> promise = promise();
        underWay.add(promise);
        promise.addListener(done -> {
            synchronized (this) {
                underWay.remove(promise);
            }
        });
        return promise;
    }

    /** Something that the end of the bridge does not wait for. */
    <T> Promise<T> promise() {
        return new BridgePromise<>(this::isEventLoop);
    }

    /** The bridge is closed from now on: what is under way then, or {@code null} if it was closed before. */
    synchronized List<Future<?>> close() {
        if (state == State.CLOSED) {
            return null;
        }
        state = State.CLOSED;
        return new ArrayList<>(underWay);
    }

    /** To be completed when nothing of the bridge is left. */
    Promise<Void> closed() {
        return closed;
    }

    /** The event loops of the ports that the bridge opens, {@code null} before it is opened. */
    synchronized EventLoopGroup group() {
        return group;
    }

    /** Whether the bridge ends only when the thread that calls goes on. */
    boolean isNeeded() {
        return thread.isCurrent() || isEventLoop();
    }

    /** Whether ports are served by the thread that calls. */
    private boolean isEventLoop() {
        EventLoopGroup loops = group();
        if (loops != null) {
            for (var loop : loops) {
                if (loop.inEventLoop()) {
                    return true;
                }
            }
        }
        return servesPort.getAsBoolean();
    }
}
