/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vhost;

import io.netty.channel.IoEventLoop;
import io.ringtap.channel.spi.ChangingReadiness;
import io.ringtap.channel.spi.DescriptorWaiter;
import io.ringtap.loop.Readiness;

import java.io.IOException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/**
 * The readiness of a stream of frames: that of the connection that there is, of what makes the next one, and of frames
 * that have come with others and that no round of reads has had yet. On the event loop.
 */
final class StreamReadiness implements Readiness, Readiness.Listener {
    private final StreamDevice device;
    private final StreamSource source;
    private final IoEventLoop loop;
    private final Listener channel;
    private final ChangingReadiness connection;
    private boolean wantRead;
    private boolean scheduled;
    private boolean cancelled;

    StreamReadiness(StreamDevice device, StreamSource source, IoEventLoop loop, DescriptorWaiter waiter,
                    Listener channel) {
        this.device = device;
        this.source = source;
        this.loop = loop;
        this.channel = channel;
        connection = new ChangingReadiness(waiter);
    }

    /** Waits on the socket of a connection. */
    void waitOn(int descriptor) throws IOException {
        connection.waitOn(descriptor, this);
    }

    /** Waits on no connection, before its socket is closed. */
    void waitOnNone() {
        connection.waitOnNone();
    }

    /** Whether somebody waits for a frame. */
    boolean isReadWanted() {
        return wantRead;
    }

    @Override
    public void want(boolean read, boolean write) {
        wantRead = read;
        connection.want(read, write);
        readLater();
    }

    /** Has the channel read what is there already, if it wants to, when the loop's other channels have had a turn. */
    void readLater() {
        if (wantRead && !scheduled && !cancelled && device.hasNext()) {
            // By the timer, as a task that submits itself again is run again before the loop looks after the others.
            loop.schedule(this::readNow, 0, TimeUnit.NANOSECONDS);
            // Not before: where there was no memory for the task, the next who asks tries again.
            scheduled = true;
        }
    }

    private void readNow() {
        scheduled = false;
        if (wantRead && !cancelled && device.hasNext()) {
            channel.readable();
        }
    }

    @Override
    public void readable() {
        channel.readable();
    }

    @Override
    public void writable() {
        channel.writable();
    }

    @Override
    public void failed() {
        device.connectionFailed();
    }

    @Override
    public void loopClosing() {
        channel.loopClosing();
    }

    @Override
    public void cancel() {
        if (!cancelled) {
            cancelled = true;
            source.detach();
            connection.cancel();
        }
    }

    @Override
    public Executor whenReleased() {
        Executor first = connection.whenReleased();
        Executor second = source.readiness().whenReleased();
        return first == null ? second : second == null ? first
            : task -> first.execute(() -> second.execute(task));
    }
}
