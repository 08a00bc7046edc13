/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.device;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.SingleThreadEventExecutor;
import io.ringtap.loop.Readiness;

import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The readiness of a port that has no descriptor, on any event loop. The sync of the other side puts a task into the
 * event loop; there is at most one such task at a time, however many frames arrive.
 */
final class NetmapReadiness implements Readiness, Runnable {
    private final NetmapDevice device;
    private final EventLoop loop;
    private final Listener listener;
    private final AtomicBoolean scheduled = new AtomicBoolean();
    private final Runnable loopClosing;
    private boolean wantRead;
    private boolean wantWrite;
    private boolean cancelled;

    NetmapReadiness(NetmapDevice device, EventLoop loop, Listener listener) {
        this.device = device;
        this.loop = loop;
        this.listener = listener;
        loopClosing = listener::loopClosing;
        if (loop instanceof SingleThreadEventExecutor executor) {
            executor.addShutdownHook(loopClosing);
        }
        device.port().file().onReady(this::signal);
    }

    /** Any thread. */
    private void signal() {
        if (scheduled.compareAndSet(false, true)) {
            try {
                loop.execute(this);
            } catch (RejectedExecutionException e) {
                // The event loop is closing, and closes the channel.
                scheduled.set(false);
            }
        }
    }

    @Override
    public void run() {
        scheduled.set(false);
        if (!cancelled && wantRead) {
            listener.readable();
        }
        if (!cancelled && wantWrite && device.hasRoomAgain()) {
            listener.writable();
        }
        if (!cancelled && wantRead && device.hasMoreToRead()) {
            signal();
        }
    }

    @Override
    public void want(boolean read, boolean write) {
        boolean more = read && !wantRead || write && !wantWrite;
        wantRead = read;
        wantWrite = write;
        if (more) {
            // Frames that arrived while nobody wanted them have called signal() already.
            signal();
        }
    }

    @Override
    public void cancel() {
        if (!cancelled) {
            cancelled = true;
            device.port().file().onReady(null);
            if (loop instanceof SingleThreadEventExecutor executor) {
                executor.removeShutdownHook(loopClosing);
            }
        }
    }
}
