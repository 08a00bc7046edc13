/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.netty.channel.EventLoop;
import io.ringtap.channel.spi.DescriptorWaiter;
import io.ringtap.internal.link.StateWatch;
import io.ringtap.loop.Readiness;

import java.io.IOException;

/**
 * Reports what happens to the interface of a device of FreeBSD or macOS. It listens to a routing socket, and asks for
 * the state again if messages were lost or do not say enough, and from time to time, as the kernel may lose messages
 * without telling and does not announce that it waits to destroy the interface. On the event loop.
 */
final class BsdLinkWatch extends StateWatch<BsdLinkState> implements BsdLinkNews.Listener {
    /** How often the state is asked for where nothing is heard. */
    static final long LOOK_MILLIS = 2000;

    private final BsdLink link;
    private final DescriptorWaiter waiter;
    private final Observer observer;
    private BsdLinkNews news;

    /** Receives the reports. */
    interface Observer extends StateWatch.Observer<BsdLinkState> {
        /** The name of the device, for the log. */
        String name();

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
        super(loop, observer, last);
        this.link = link;
        this.waiter = waiter;
        this.observer = observer;
    }

    @Override
    protected Readiness listen() throws IOException {
        news = link.openNews();
        Readiness registered = null;
        try {
            registered = waiter.register(news.descriptor(), this);
            return registered;
        } finally {
            if (registered == null) {
                listeningEnded();
            }
        }
    }

    @Override
    protected void listeningEnded() {
        if (news != null) {
            news.close();
            news = null;
        }
    }

    @Override
    protected void readNews() throws IOException {
        news.read(this);
    }

    @Override
    protected boolean hasNews() throws IOException {
        return news.hasNews();
    }

    @Override
    protected void ask() throws IOException {
        BsdLinkState found = askUntilQuiet(link::state);
        if (found == null) {
            return;
        }
        update(found);
        if (found.leaving() && !isStopped()) {
            observer.leaving();
        }
        lookAgain(LOOK_MILLIS);
    }

    @Override
    protected boolean reportedGone(Throwable cause) {
        if (link.isGone()) {
            observer.gone();
            return true;
        }
        return false;
    }

    @Override
    protected String socketName() {
        return "routing";
    }

    @Override
    protected String shownName() {
        return observer.name();
    }

    @Override
    public void linkChanged(BsdLinkState state) {
        heard();
        if (last() == null || last().index() == 0) {
            needLook();
        } else if (!isStopped() && !isSilent() && state.index() == last().index()) {
            update(state);
        }
    }

    @Override
    public void linkAnnounced(int index) {
        heard();
        if (last() == null || last().index() == 0 || index == last().index()) {
            needLook();
        }
    }

    @Override
    public void newsLost() {
        heard();
        needLook();
    }
}
