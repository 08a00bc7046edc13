/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.link;

import io.netty.channel.IoEventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import io.ringtap.channel.DeviceEvent;
import io.ringtap.channel.spi.DescriptorWaiter;
import io.ringtap.internal.unix.LinkNews;
import io.ringtap.internal.unix.LinkState;
import io.ringtap.internal.unix.RouteNetlink;
import io.ringtap.internal.unix.SystemCallException;
import io.ringtap.loop.Readiness;

import java.io.IOException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * Reports what happens to the network interface of a descriptor. It listens to netlink, and asks for the state again if
 * messages were lost or the interface has moved. Only the descriptor decides whether the interface still exists: if
 * nothing can be heard of it, that is logged, and the state is asked for from time to time. On the event loop.
 */
public final class LinkWatch implements Readiness.Listener, LinkNews.Listener {
    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(LinkWatch.class);
    private static final long FIRST_DELAY_MILLIS = 100;
    private static final long LONGEST_DELAY_MILLIS = 30_000;
    /** How often the state is asked for at most while the interfaces of a namespace keep changing. */
    private static final int MOST_LOOKS = 16;

    private final WatchedLink link;
    private final IoEventLoop loop;
    private final DescriptorWaiter waiter;
    private final Observer observer;
    private LinkNews news;
    private Readiness readiness;
    /** The last known state of the interface; {@code null} before it was asked for with success. */
    private LinkState last;
    /** The namespace of {@link #last}; valid while {@link #located}. */
    private int namespace;
    private boolean located;
    private boolean hearingAll;
    /** Something was heard that the messages alone do not explain. */
    private boolean lookNeeded;
    private boolean heard;
    private boolean stopped;
    private boolean silent;
    private long delayMillis = FIRST_DELAY_MILLIS;
    private ScheduledFuture<?> retry;

    /** Receives the reports. */
    public interface Observer {
        /** The state of the interface changed, or is known now; called before the events that result from it. */
        void state(LinkState state);

        /** The state is not known any more: reports may be late or missing from now on. */
        void lost();

        /** The link went up or down, or has another MTU. */
        void event(DeviceEvent event);

        /** The descriptor says that the interface was deleted. */
        void gone(IOException cause);
    }

    /**
     * Makes a watch.
     *
     * @param last the last state of an earlier watch, so that changes since then are reported; {@code null} if none
     */
    public LinkWatch(WatchedLink link, IoEventLoop loop, DescriptorWaiter waiter, Observer observer, LinkState last) {
        this.link = link;
        this.loop = loop;
        this.waiter = waiter;
        this.observer = observer;
        this.last = last;
    }

    /** Begins to listen. Never fails: what does not work is tried again later. */
    public void start() {
        if (last == null) {
            look();
        } else {
            // There may be an event to fire, which handlers cannot receive before the registration is done.
            loop.execute(this::look);
        }
    }

    /** The last known state of the interface, {@code null} if it is not known. */
    public LinkState last() {
        return last;
    }

    public void stop() {
        stopped = true;
        if (retry != null) {
            retry.cancel(false);
            retry = null;
        }
        stopListening();
        if (hearingAll) {
            try {
                news.hearOfAllNamespaces(false);
            } catch (IOException unchanged) {
                // The next watch hears more than it needs, which does no harm.
                LOGGER.debug("{}: {}", LinkState.shown(link.lastName()), unchanged.toString());
            }
        }
    }

    private void stopListening() {
        if (readiness != null) {
            readiness.cancel();
            readiness = null;
        }
    }

    private void listen() throws IOException {
        if (readiness == null) {
            news = link.news();
            readiness = waiter.register(news.descriptor(), this);
            readiness.want(true, false);
        }
    }

    /** Begins to listen where the interface is, and then asks for its state. */
    private void look() {
        if (retry != null) {
            retry.cancel(false);
            retry = null;
        }
        if (stopped) {
            return;
        }
        lookNeeded = false;
        located = false;
        try {
            listen();
            WatchedLink.Found found = find();
            boolean away = found.namespace() != RouteNetlink.HERE;
            if (away != hearingAll) {
                located(found);
                news.hearOfAllNamespaces(away);
                hearingAll = away;
                // Again, as nothing reported what changed before the socket began to listen.
                found = find();
            }
            located(found);
            if (silent) {
                silent = false;
                LOGGER.info("{}: changes of its link are reported again", LinkState.shown(link.lastName()));
            }
            delayMillis = FIRST_DELAY_MILLIS;
        } catch (IOException | RuntimeException | OutOfMemoryError e) {
            failed(e);
        }
    }

    /**
     * Asks for the interface, and again as long as messages arrived meanwhile: they may be older than the answer, and
     * would be taken for newer.
     */
    private WatchedLink.Found find() throws IOException {
        WatchedLink.Found found;
        int looks = 0;
        do {
            news.skip();
            found = link.find();
        } while (++looks < MOST_LOOKS && news.hasNews());
        return found;
    }

    private void located(WatchedLink.Found found) {
        if (stopped) {
            return;
        }
        LinkState before = last;
        if (before != null) {
            LinkState now = found.state();
            // An interface that moves may get another index.
            last = new LinkState(now.index(), before.name(), before.flags(), before.mtu(), before.mac(),
                before.rxDropped(), before.txDropped(), before.tunQueues());
        }
        namespace = found.namespace();
        located = true;
        update(found.state());
    }

    private void failed(Throwable cause) {
        if (stopped) {
            return;
        }
        if (cause instanceof SystemCallException call && link.isGone(call)) {
            observer.gone(call);
            return;
        }
        if (!silent) {
            silent = true;
            observer.lost();
            LOGGER.warn("{}: changes of its link and its MTU are not reported until the kernel answers again, which is"
                + " tried at least every {} seconds; frames are read and written all the same: {}",
                LinkState.shown(link.lastName()), LONGEST_DELAY_MILLIS / 1000, cause.toString());
        }
        if (retry == null) {
            try {
                retry = loop.schedule(this::look, delayMillis, TimeUnit.MILLISECONDS);
                delayMillis = Math.min(LONGEST_DELAY_MILLIS, 2 * delayMillis);
            } catch (RejectedExecutionException shutDown) {
                // The loop closes the channel next.
                retry = null;
            }
        }
    }

    private void update(LinkState state) {
        LinkState before = last;
        last = state;
        link.hasName(state.name());
        observer.state(state);
        if (before == null) {
            return;
        }
        if (state.mtu() != before.mtu()) {
            observer.event(new DeviceEvent.MtuChanged(before.mtu(), state.mtu()));
        }
        if (state.isRunning() != before.isRunning()) {
            observer.event(state.isRunning() ? new DeviceEvent.LinkUp() : new DeviceEvent.LinkDown());
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
    public void linkChanged(int where, LinkState state) {
        heard = true;
        if (isOurs(where, state.index())) {
            update(state);
        }
    }

    @Override
    public void linkRemoved(int where, int removed) {
        heard = true;
        if (isOurs(where, removed)) {
            if (where == RouteNetlink.HERE) {
                link.hasLeft();
            }
            lookNeeded = true;
            located = false;
        }
    }

    private boolean isOurs(int where, int index) {
        return located && !stopped && where == namespace && index == last.index();
    }

    @Override
    public void newsLost() {
        heard = true;
        lookNeeded = true;
        located = false;
    }

    @Override
    public void writable() {
        // Never asked for.
    }

    /** A netlink socket is in error when messages were lost; reading clears that. */
    @Override
    public void failed() {
        heard = false;
        readable();
        if (!heard && !stopped && readiness != null) {
            stopListening();
            failed(new IOException("the netlink socket is in error"));
        }
    }

    @Override
    public void loopClosing() {
        stop();
    }
}
