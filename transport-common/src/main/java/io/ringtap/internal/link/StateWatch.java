/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.link;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import io.ringtap.channel.DeviceEvent;
import io.ringtap.internal.unix.InterfaceState;
import io.ringtap.loop.Readiness;

import java.io.IOException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * Reports what happens to a network interface, on any system. It listens to a socket on which the kernel announces
 * changes, and asks for the state where messages were lost or do not say enough. Only the descriptor of the device
 * decides whether the interface still exists: if nothing can be heard of it, that is logged, and the state is asked for
 * from time to time. On the event loop.
 *
 * @param <S> what the kernel says of an interface
 */
public abstract class StateWatch<S extends InterfaceState> implements Readiness.Listener {
    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(StateWatch.class);
    private static final long FIRST_DELAY_MILLIS = 100;
    private static final long LONGEST_DELAY_MILLIS = 30_000;
    /** How often the state is asked for at most at once while interfaces keep changing. */
    private static final int MOST_LOOKS = 16;

    private final EventLoop loop;
    private final Observer<S> observer;
    private Readiness readiness;
    /** The last known state of the interface; {@code null} before it was asked for with success. */
    private S last;
    private boolean lookNeeded;
    private boolean heard;
    private boolean stopped;
    private boolean silent;
    private long delayMillis = FIRST_DELAY_MILLIS;
    private ScheduledFuture<?> next;

    /**
     * Receives the reports.
     *
     * @param <S> what the kernel says of an interface
     */
    public interface Observer<S> {
        /** The state of the interface changed, or is known now; called before the events that result from it. */
        void state(S state);

        /** The link went up or down, or has another MTU. */
        void event(DeviceEvent event);
    }

    /** A question that the kernel answers. */
    @FunctionalInterface
    protected interface Question<T> {
        T ask() throws IOException;
    }

    /**
     * Makes a watch.
     *
     * @param last the last state of an earlier watch, so that changes since then are reported; {@code null} if none
     */
    protected StateWatch(EventLoop loop, Observer<S> observer, S last) {
        this.loop = loop;
        this.observer = observer;
        this.last = last;
    }

    /** Begins to listen. Never fails: what does not work is tried again later. */
    public final void start() {
        if (last == null) {
            look();
        } else {
            // There may be an event to fire, which handlers cannot receive before the registration is done.
            loop.execute(this::look);
        }
    }

    /** The last known state of the interface, {@code null} if it is not known. */
    public final S last() {
        return last;
    }

    /** Ends the reports. */
    public void stop() {
        stopped = true;
        cancelNext();
        stopListening();
    }

    protected final boolean isStopped() {
        return stopped;
    }

    /** Whether the last attempt to ask has failed, so that what is known may be old. */
    protected final boolean isSilent() {
        return silent;
    }

    private void cancelNext() {
        if (next != null) {
            next.cancel(false);
            next = null;
        }
    }

    private void stopListening() {
        if (readiness != null) {
            readiness.cancel();
            readiness = null;
        }
        listeningEnded();
    }

    /** Asks for the state of the interface, listening before. */
    private void look() {
        cancelNext();
        if (stopped) {
            return;
        }
        lookNeeded = false;
        try {
            if (readiness == null) {
                readiness = listen();
                readiness.want(true, false);
            }
            ask();
            if (silent) {
                silent = false;
                LOGGER.info("{}: changes of its link are reported again", shownName());
            }
            delayMillis = FIRST_DELAY_MILLIS;
        } catch (IOException | RuntimeException | OutOfMemoryError e) {
            failed(e);
        }
    }

    /**
     * Reports what was heard, asks, and does so again as long as messages arrived meanwhile: they may be older than the
     * answer, and would be taken for newer.
     *
     * @return the answer; {@code null} if a handler has ended the watch
     */
    protected final <T> T askUntilQuiet(Question<T> question) throws IOException {
        T answer;
        int looks = 0;
        do {
            readNews();
            if (stopped) {
                return null;
            }
            lookNeeded = false;
            answer = question.ask();
        } while (++looks < MOST_LOOKS && hasNews());
        return answer;
    }

    /** Notes that something was heard. */
    protected final void heard() {
        heard = true;
    }

    /** Notes that the messages alone do not explain what was heard, so that the state is asked for next. */
    protected final void needLook() {
        lookNeeded = true;
    }

    /** Asks after some time, unless that is due anyway. */
    protected final void lookAgain(long millis) {
        if (stopped || next != null) {
            return;
        }
        try {
            next = loop.schedule(this::look, millis, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException shutDown) {
            // The loop closes the channel next.
            next = null;
        }
    }

    /** Takes another state for the last one, without a report. */
    protected final void replace(S state) {
        last = state;
    }

    /** Reports a state, and how it differs from the last one. */
    protected final void update(S state) {
        S before = last;
        last = state;
        observer.state(state);
        if (before == null) {
            return;
        }
        if (state.mtu() != before.mtu() && !stopped) {
            observer.event(new DeviceEvent.MtuChanged(before.mtu(), state.mtu()));
        }
        if (state.isRunning() != before.isRunning() && !stopped) {
            observer.event(state.isRunning() ? new DeviceEvent.LinkUp() : new DeviceEvent.LinkDown());
        }
    }

    private void failed(Throwable cause) {
        if (stopped || reportedGone(cause)) {
            return;
        }
        if (!silent) {
            silent = true;
            stateLost();
            LOGGER.warn("{}: changes of its link and its MTU are not reported until the kernel answers again, which is"
                + " tried at least every {} seconds; frames are read and written all the same: {}", shownName(),
                LONGEST_DELAY_MILLIS / 1000, cause.toString());
        }
        cancelNext();
        lookAgain(delayMillis);
        delayMillis = Math.min(LONGEST_DELAY_MILLIS, 2 * delayMillis);
    }

    @Override
    public final void readable() {
        try {
            readNews();
            if (lookNeeded) {
                look();
            }
        } catch (IOException | RuntimeException | OutOfMemoryError e) {
            stopListening();
            failed(e);
        }
    }

    @Override
    public final void writable() {
        // Never asked for.
    }

    /** A socket is in error when messages were lost; reading clears that. */
    @Override
    public final void failed() {
        heard = false;
        readable();
        if (!heard && !stopped && readiness != null) {
            stopListening();
            failed(new IOException("the " + socketName() + " socket is in error"));
        }
    }

    @Override
    public final void loopClosing() {
        stop();
    }

    /** Opens the socket, if need be, and registers it with the event loop. */
    protected abstract Readiness listen() throws IOException;

    /** The registration is cancelled, or was never there. */
    protected void listeningEnded() {
    }

    /** Passes on what the socket has to say. */
    protected abstract void readNews() throws IOException;

    /** Whether a message waits to be read. */
    protected abstract boolean hasNews() throws IOException;

    /** Asks for the state by {@link #askUntilQuiet}, and reports it. */
    protected abstract void ask() throws IOException;

    /** Reports that the interface is gone, if its device says so. */
    protected abstract boolean reportedGone(Throwable cause);

    /** The state is not known any more. */
    protected void stateLost() {
    }

    /** What kind of socket it listens to, in a message. */
    protected abstract String socketName();

    /** The name of the interface, for the log. */
    protected abstract String shownName();
}
