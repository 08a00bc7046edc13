/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vhost;

import io.netty.channel.IoEventLoop;
import io.netty.util.concurrent.Future;
import io.ringtap.channel.spi.ChangingReadiness;
import io.ringtap.channel.spi.DescriptorWaiter;
import io.ringtap.internal.unix.NativeMemory;
import io.ringtap.loop.Readiness;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;

/** Where connections come from: one at a time, and another when one has ended. On the event loop, once it is open. */
abstract class StreamSource implements Readiness.Listener {
    /** Allocated beforehand: an event loop must not fail for want of it. */
    private final NativeMemory error = NativeMemory.allocate(Integer.BYTES);
    private IoEventLoop loop;
    private Readiness.Listener channel;
    private IntConsumer made;
    private ChangingReadiness readiness;
    private Future<?> later;
    private boolean attached;

    /**
     * Begins to make connections.
     *
     * @param listener of the channel, which hears of a loop that shuts down
     * @param connected receives the descriptor of each connection
     * @param wanted whether there is none yet
     */
    final void attach(IoEventLoop on, DescriptorWaiter waiter, Readiness.Listener listener, IntConsumer connected,
                      boolean wanted) throws IOException {
        loop = on;
        channel = listener;
        made = connected;
        readiness = new ChangingReadiness(waiter);
        attached = true;
        begin();
        if (wanted) {
            connect();
        }
    }

    /** What waits for connections. */
    final ChangingReadiness readiness() {
        return readiness;
    }

    /** Ends what {@link #attach} began, before the event loop is left. */
    void detach() {
        attached = false;
        if (later != null) {
            later.cancel(false);
            later = null;
        }
        readiness.cancel();
    }

    /** Runs a task in a while, in place of one that was to run before; not if the event loop is left until then. */
    final void later(long millis, Runnable task) {
        if (!attached) {
            return;
        }
        if (later != null) {
            later.cancel(false);
        }
        later = loop.schedule(task, millis, TimeUnit.MILLISECONDS);
    }

    /** The pending error of a socket, which it has no more then: an error number, or 0. */
    final int takeError(int fd) {
        return StreamSocket.takeError(fd, error);
    }

    /** A connection is made. */
    final void connected(int descriptor) {
        made.accept(descriptor);
    }

    /** The channel has come to an event loop. Does nothing here. */
    void begin() throws IOException {
    }

    /** The channel has come to an event loop, and there is no connection. */
    abstract void connect();

    /** The connection has ended. */
    abstract void connectAgain();

    /** Releases everything. */
    void close() {
        error.free();
    }

    @Override
    public final void loopClosing() {
        channel.loopClosing();
    }
}
