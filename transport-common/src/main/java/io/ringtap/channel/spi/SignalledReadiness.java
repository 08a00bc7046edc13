/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel.spi;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.SingleThreadEventExecutor;
import io.ringtap.loop.Readiness;

import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The readiness of a device without a descriptor, on any event loop: what {@link FrameDevice#readiness} returns for a
 * device whose other side is in this JVM, or on a thread of this process. Whoever has put frames there, or made room,
 * calls the signal that {@link Source#onReady} was given, and the event loop then looks at the device.
 *
 * <pre>
 *   any thread    other side: frames, or room ---> signal ---> task on the event loop, one at a time
 *   event loop    task ---> Listener.readable(), Listener.writable() ---> FrameDevice.read, FrameDevice.write
 * </pre>
 *
 * <p>A signal costs one task, however many signals come until that task runs. When the budget of a read round is used
 * up, the event loop serves its other channels before the next round. Made on the event loop; its methods are for the
 * event loop too, and the signal for any thread.
 */
public final class SignalledReadiness implements Readiness {
    private final Source source;
    private final EventLoop loop;
    private final Listener listener;
    private final AtomicBoolean scheduled = new AtomicBoolean();
    private final Runnable look = this::look;
    private final Runnable nextTurn = this::nextTurn;
    private final Runnable loopClosing;
    private boolean wantRead;
    private boolean wantWrite;
    private boolean turnScheduled;
    private boolean cancelled;

    /**
     * A device that signals. {@link #onReady} is called on the event loop, or by who makes the readiness; the questions
     * are asked on the event loop.
     */
    public interface Source {
        /**
         * Sets what is to be called, by any thread, after frames have come or room was made. It neither blocks nor
         * throws. To call it too often is harmless, and to miss a call leaves the channel waiting.
         *
         * @param signal replaces the one before; {@code null} for nothing
         */
        void onReady(Runnable signal);

        /**
         * Whether there is something to read still, asked after a round of reading. A device without frames is read
         * once for each signal, as only reading may show that there are none.
         */
        boolean hasMoreToRead();

        /** Whether the device takes a frame again that it had no room for. */
        boolean hasRoom();
    }

    /** Begins to hear the signals of a device; nothing is wanted yet. */
    public SignalledReadiness(Source source, EventLoop loop, Listener listener) {
        this.source = source;
        this.loop = loop;
        this.listener = listener;
        loopClosing = listener::loopClosing;
        if (loop instanceof SingleThreadEventExecutor executor) {
            executor.addShutdownHook(loopClosing);
        }
        source.onReady(this::signal);
    }

    private void signal() {
        if (scheduled.compareAndSet(false, true)) {
            try {
                loop.execute(look);
            } catch (RejectedExecutionException e) {
                // The event loop has ended, and has closed the channel.
                scheduled.set(false);
            }
        }
    }

    private void look() {
        // Before the device is looked at: a signal from now on is a task of its own, so that none is missed.
        scheduled.set(false);
        if (!cancelled && wantRead) {
            listener.readable();
        }
        if (!cancelled && wantWrite && source.hasRoom()) {
            listener.writable();
        }
        if (!cancelled && wantRead && source.hasMoreToRead() && !turnScheduled) {
            // By the timer: a task that submits itself is run again before the event loop looks after its other
            // channels, for up to a second.
            loop.schedule(nextTurn, 0, TimeUnit.NANOSECONDS);
            turnScheduled = true;
        }
    }

    private void nextTurn() {
        turnScheduled = false;
        look();
    }

    @Override
    public void want(boolean read, boolean write) {
        boolean more = read && !wantRead || write && !wantWrite;
        wantRead = read;
        wantWrite = write;
        if (more) {
            // What came while nobody wanted it has signalled already.
            signal();
        }
    }

    @Override
    public void cancel() {
        if (!cancelled) {
            cancelled = true;
            source.onReady(null);
            if (loop instanceof SingleThreadEventExecutor executor) {
                executor.removeShutdownHook(loopClosing);
            }
        }
    }
}
