/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.netty.util.concurrent.Future;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;

/**
 * Opens ports again whose device has gone: after a second, and then after twice as long each time, up to a limit. A
 * port that was removed, or whose channel somebody has closed, is left alone. Any thread.
 */
final class PortRetry {
    private static final long FIRST_MILLIS = 1000;

    private final long longestMillis;
    private final BridgeThread thread;
    private final Function<WantedPort, Future<BridgePort>> open;
    /** The ports that are looked for, by the port that has gone. */
    private final Map<BridgePort, Search> searches = new HashMap<>();

    /** One port that is looked for. */
    private final class Search {
        private final BridgePort gone;
        private final WantedPort wanted;
        private long delayMillis = FIRST_MILLIS;
        private String lastFailure = "";

        Search(BridgePort gone, WantedPort wanted) {
            this.gone = gone;
            this.wanted = wanted;
        }

        void begin() {
            thread.after(Math.min(delayMillis, longestMillis), this::tryNow);
        }

        private void tryNow() {
            if (!isSought(gone)) {
                return;
            }
            Future<BridgePort> opening;
            try {
                opening = open.apply(wanted);
            } catch (RuntimeException | Error e) {
                failed(e);
                return;
            }
            opening.addListener((Future<BridgePort> opened) -> {
                if (opened.isSuccess()) {
                    forget(gone);
                } else {
                    failed(opened.cause());
                }
            });
        }

        private void failed(Throwable cause) {
            delayMillis = Math.min(2 * delayMillis, longestMillis);
            // First of all: whatever fails below, the search goes on.
            begin();
            String failure = String.valueOf(cause.getMessage());
            if (!failure.equals(lastFailure) && isSought(gone)) {
                lastFailure = failure;
                Duration next = Duration.ofMillis(delayMillis);
                thread.tell(listener -> listener.portSought(wanted.port().text(), cause, next));
            }
        }
    }

    /**
     * For a bridge.
     *
     * @param longest the longest time between two attempts; zero to leave ports alone that have gone
     * @param open opens a port and adds it to the bridge; fails if the bridge is closed
     */
    PortRetry(Duration longest, BridgeThread thread, Function<WantedPort, Future<BridgePort>> open) {
        longestMillis = longest.toMillis();
        this.thread = thread;
        this.open = open;
    }

    /** A port is a member of the bridge. */
    void watch(BridgePort port, WantedPort wanted) {
        if (longestMillis == 0) {
            return;
        }
        forgetSame(wanted);
        port.closeFuture().addListener(closed -> {
            if (port.goneBy() != null) {
                Search search = new Search(port, wanted);
                synchronized (searches) {
                    searches.put(port, search);
                }
                search.begin();
            }
        });
    }

    private boolean isSought(BridgePort port) {
        synchronized (searches) {
            return searches.containsKey(port);
        }
    }

    /** A port that has gone is not looked for any more. */
    void forget(BridgePort port) {
        synchronized (searches) {
            searches.remove(port);
        }
    }

    /** The port is back by another way. */
    private void forgetSame(WantedPort wanted) {
        synchronized (searches) {
            searches.values().removeIf(
                search -> search.wanted.port().identity().overlaps(wanted.port().identity()));
        }
    }
}
