/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.link;

import io.netty.channel.EventLoop;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import io.ringtap.channel.spi.DescriptorWaiter;
import io.ringtap.internal.unix.LinkNews;
import io.ringtap.internal.unix.LinkState;
import io.ringtap.internal.unix.RouteNetlink;
import io.ringtap.internal.unix.SystemCallException;
import io.ringtap.loop.Readiness;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Reports what happens to the network interface of a descriptor of Linux. It listens to netlink, and asks for the state
 * again if messages were lost or the interface has moved to another network namespace. On the event loop.
 */
public final class LinkWatch extends StateWatch<LinkState> implements LinkNews.Listener {
    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(LinkWatch.class);

    private final WatchedLink link;
    private final DescriptorWaiter waiter;
    private final Observer observer;
    private LinkNews news;
    /** The namespace of the last known state; valid while {@link #located}. */
    private int namespace;
    private boolean located;
    private boolean hearingAll;
    /** What was heard of all interfaces since it is not known where ours is; {@code null} if nobody looks for it. */
    private List<Heard> unassigned;

    private record Heard(int namespace, LinkState state) {
    }

    /** Receives the reports. */
    public interface Observer extends StateWatch.Observer<LinkState> {
        /** The state is not known any more: reports may be late or missing from now on. */
        void lost();

        /** The descriptor says that the interface was deleted. */
        void gone(IOException cause);
    }

    /**
     * Makes a watch.
     *
     * @param last the last state of an earlier watch, so that changes since then are reported; {@code null} if none
     */
    public LinkWatch(WatchedLink link, EventLoop loop, DescriptorWaiter waiter, Observer observer, LinkState last) {
        super(loop, observer, last);
        this.link = link;
        this.waiter = waiter;
        this.observer = observer;
    }

    @Override
    public void stop() {
        super.stop();
        if (hearingAll) {
            try {
                news.hearOfAllNamespaces(false);
            } catch (IOException unchanged) {
                // The next watch hears more than it needs, which does no harm.
                LOGGER.debug("{}: {}", shownName(), unchanged.toString());
            }
        }
    }

    @Override
    protected Readiness listen() throws IOException {
        news = link.news();
        return waiter.register(news.descriptor(), this);
    }

    @Override
    protected void readNews() throws IOException {
        news.read(this);
    }

    @Override
    protected boolean hasNews() throws IOException {
        return news.hasNews();
    }

    /** Finds out where the interface is, begins to listen there, and asks for its state. */
    @Override
    protected void ask() throws IOException {
        unlocated();
        try {
            WatchedLink.Found found = askUntilQuiet(link::find);
            if (found == null) {
                return;
            }
            boolean away = found.namespace() != RouteNetlink.HERE;
            if (away != hearingAll) {
                located(found);
                if (isStopped()) {
                    return;
                }
                news.hearOfAllNamespaces(away);
                hearingAll = away;
                // Again, as nothing reported what changed before the socket began to listen.
                found = askUntilQuiet(link::find);
            }
            if (found != null) {
                located(found);
            }
        } finally {
            unassigned = null;
        }
    }

    private void unlocated() {
        located = false;
        if (unassigned == null) {
            unassigned = new ArrayList<>();
        }
    }

    private void located(WatchedLink.Found found) {
        List<Heard> before = unassigned;
        unassigned = null;
        namespace = found.namespace();
        located = true;
        if (last() != null && !isStopped()) {
            LinkState old = last();
            // An interface that moves may get another index.
            replace(new LinkState(found.state().index(), old.name(), old.flags(), old.mtu(), old.mac(),
                old.rxDropped(), old.txDropped(), old.tunQueues()));
            if (before != null) {
                before.forEach(heard -> linkChanged(heard.namespace, heard.state));
            }
        }
        if (!isStopped()) {
            report(found.state());
        }
    }

    private void report(LinkState state) {
        link.hasName(state.name());
        update(state);
    }

    @Override
    protected boolean reportedGone(Throwable cause) {
        if (cause instanceof SystemCallException call && link.isGone(call)) {
            observer.gone(call);
            return true;
        }
        return false;
    }

    @Override
    protected void stateLost() {
        observer.lost();
    }

    @Override
    protected String socketName() {
        return "netlink";
    }

    @Override
    protected String shownName() {
        return LinkState.shown(link.lastName());
    }

    @Override
    public void linkChanged(int where, LinkState state) {
        heard();
        if (isOurs(where, state.index())) {
            report(state);
        } else if (unassigned != null) {
            unassigned.add(new Heard(where, state));
        }
    }

    @Override
    public void linkRemoved(int where, int removed) {
        heard();
        if (unassigned != null) {
            // It was another interface, whose index ours may have now.
            unassigned.removeIf(heard -> heard.namespace == where && heard.state.index() == removed);
        }
        if (isOurs(where, removed)) {
            if (where == RouteNetlink.HERE) {
                link.hasLeft();
            }
            needLook();
            unlocated();
        }
    }

    private boolean isOurs(int where, int index) {
        return located && !isStopped() && where == namespace && index == last().index();
    }

    @Override
    public void newsLost() {
        heard();
        needLook();
        unlocated();
    }
}
