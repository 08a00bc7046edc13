/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import io.ringtap.channel.DeviceEvent;
import io.ringtap.channel.spi.DescriptorWaiter;
import io.ringtap.loop.Readiness;

import java.io.IOException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * Reports what happens to the interface of a device of FreeBSD or macOS. It listens to a routing socket, and asks for
 * the state again if messages were lost or do not say enough, and from time to time, as the kernel may lose messages
 * without telling and does not announce that it waits to destroy the interface. Only the descriptor decides whether the
 * device still exists: if nothing can be heard of the interface, that is logged. On the event loop.
 */
final class BsdLinkWatch implements Readiness.Listener, BsdLinkNews.Listener {
    /** How often the state is asked for where nothing is heard. */
    static final long LOOK_MILLIS = 2000;

    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(BsdLinkWatch.class);
    private static final long FIRST_DELAY_MILLIS = 100;
    private static final long LONGEST_DELAY_MILLIS = 30_000;
    /** How often the state is asked for at most at once while interfaces keep changing. */
    private static final int MOST_LOOKS = 16;

    private final BsdLink link;
    private final EventLoop loop;
    private final DescriptorWaiter waiter;
    private final Observer observer;
    private BsdLinkNews news;
    private Readiness readiness;
    /** The last known state of the interface; {@code null} before it was asked for with success. */
    private BsdLinkState last;
    /** Something was heard that the messages alone do not explain. */
    private boolean lookNeeded;
    private boolean heard;
    private boolean stopped;
    private boolean silent;
    private long delayMillis = FIRST_DELAY_MILLIS;
    private ScheduledFuture<?> next;

    /** Receives the reports. */
    interface Observer {
        /** The name of the device, for the log. */
        String name();

        /** The state of the interface changed, or is known now; called before the events that result from it. */
        void state(BsdLinkState state);

        /** The link went up or down, or has another MTU. */
        void event(DeviceEvent event);

        /** The device is gone, by its descriptor. */
        void gone();

        /** The kernel waits until the device is closed, to destroy the interface. */
        void leaving();
    }

    /**
     * Makes a watch.
     *
     * @param last the last state of an earlier watch, so that changes since then are reported; {@code null} if none
     */
    BsdLinkWatch(BsdLink link, EventLoop loop, DescriptorWaiter waiter, Observer observer, BsdLinkState last) {
        this.link = link;
        this.loop = loop;
        this.waiter = waiter;
        this.observer = observer;
        this.last = last;
    }

    /** Begins to listen. Never fails: what does not work is tried again later. */
    void start() {
        if (last == null) {
            look();
        } else {
            // There may be an event to fire, which handlers cannot receive before the registration is done.
            loop.execute(this::look);
        }
    }

    /** The last known state of the interface, {@code null} if it is not known. */
    BsdLinkState last() {
        return last;
    }

    void stop() {
        stopped = true;
        cancelNext();
        stopListening();
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
        if (news != null) {
            news.close();
            news = null;
        }
    }

    private void listen() throws IOException {
        if (readiness == null) {
            news = link.openNews();
            try {
                readiness = waiter.register(news.descriptor(), this);
            } finally {
                if (readiness == null) {
                    news.close();
                    news = null;
                }
            }
            readiness.want(true, false);
        }
    }

    /** Begins to listen, and then asks for the state of the interface. */
    private void look() {
        cancelNext();
        if (stopped) {
            return;
        }
        try {
            listen();
            BsdLinkState found = find();
            if (found == null) {
                return;
            }
            if (silent) {
                silent = false;
                LOGGER.info("{}: changes of its link are reported again", observer.name());
            }
            delayMillis = FIRST_DELAY_MILLIS;
            update(found);
            if (found.leaving() && !stopped) {
                observer.leaving();
            }
            again(LOOK_MILLIS);
        } catch (IOException | RuntimeException | OutOfMemoryError e) {
            failed(e);
        }
    }

    /**
     * Reports what was heard, asks for the interface, and does so again as long as messages arrived meanwhile: they may
     * be older than the answer, and would be taken for newer.
     *
     * @return {@code null} if a handler has ended the watch
     */
    private BsdLinkState find() throws IOException {
        BsdLinkState found;
        int looks = 0;
        do {
            news.read(this);
            if (stopped) {
                return null;
            }
            lookNeeded = false;
            found = link.state();
        } while (++looks < MOST_LOOKS && news.hasNews());
        return found;
    }

    private void again(long millis) {
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

    private void failed(Throwable cause) {
        if (stopped) {
            return;
        }
        if (link.isGone()) {
            observer.gone();
            return;
        }
        if (!silent) {
            silent = true;
            LOGGER.warn("{}: changes of its link and its MTU are not reported until the kernel answers again, which is"
                + " tried at least every {} seconds; frames are read and written all the same: {}", observer.name(),
                LONGEST_DELAY_MILLIS / 1000, cause.toString());
        }
        cancelNext();
        again(delayMillis);
        delayMillis = Math.min(LONGEST_DELAY_MILLIS, 2 * delayMillis);
    }

    private void update(BsdLinkState state) {
        BsdLinkState before = last;
        last = state;
        observer.state(state);
        if (before == null) {
            return;
        }
        if (state.mtu() != before.mtu()) {
            observer.event(new DeviceEvent.MtuChanged(before.mtu(), state.mtu()));
        }
        if (state.isUp() != before.isUp() && !stopped) {
            observer.event(state.isUp() ? new DeviceEvent.LinkUp() : new DeviceEvent.LinkDown());
        }
    }

    @Override
    public void readable() {
        try {
            news.read(this);
            if (lookNeeded) {
                look();
            }
        } catch (IOException | RuntimeException | OutOfMemoryError e) {
            stopListening();
            failed(e);
        }
    }

    @Override
    public void linkChanged(BsdLinkState state) {
        heard = true;
        if (last == null || last.index() == 0) {
            lookNeeded = true;
        } else if (!stopped && !silent && state.index() == last.index()) {
            update(state);
        }
    }

    @Override
    public void linkAnnounced(int index) {
        heard = true;
        if (last == null || last.index() == 0 || index == last.index()) {
            lookNeeded = true;
        }
    }

    @Override
    public void newsLost() {
        heard = true;
        lookNeeded = true;
    }

    @Override
    public void writable() {
        // Never asked for.
    }

    /** Reading clears what the socket has to say of lost messages. */
    @Override
    public void failed() {
        heard = false;
        readable();
        if (!heard && !stopped && readiness != null) {
            stopListening();
            failed(new IOException("the routing socket is in error"));
        }
    }

    @Override
    public void loopClosing() {
        stop();
    }
}
