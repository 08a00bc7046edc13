/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vxlan;

import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Looks up the names of remote ends by the resolver of the system, on a thread of its own, as that blocks. A name that
 * cannot be looked up keeps the addresses that it had.
 */
final class RemoteNames {
    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(RemoteNames.class);
    private static final int IDLE_SECONDS = 5;
    private static final Executor RESOLVER = resolver();

    private final Map<String, List<InetAddress>> known;
    /** Those that are being looked up, which may take longer than the time between two look-ups. Any thread. */
    private final Set<String> pending = ConcurrentHashMap.newKeySet();
    private final Executor loop;
    private final Runnable changed;
    private boolean closed;

    /**
     * On an event loop.
     *
     * @param known the addresses that names had last
     * @param changed told on the loop that a name has other addresses than before
     */
    RemoteNames(Executor loop, Map<String, List<InetAddress>> known, Runnable changed) {
        this.known = known;
        this.loop = loop;
        this.changed = changed;
    }

    private static Executor resolver() {
        ThreadPoolExecutor executor = new ThreadPoolExecutor(1, 1, IDLE_SECONDS, TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(1024), task -> {
                Thread thread = new Thread(task, "ringtap-vxlan-names");
                thread.setDaemon(true);
                return thread;
            });
        executor.allowCoreThreadTimeOut(true);
        return executor;
    }

    /** Begins to look up a name. */
    void lookUp(String name) {
        if (!pending.add(name)) {
            return;
        }
        try {
            RESOLVER.execute(() -> resolve(name));
        } catch (RejectedExecutionException | OutOfMemoryError e) {
            pending.remove(name);
            LOGGER.debug("{} is not looked up now", name, e);
        }
    }

    /** Nothing is told any more. */
    void close() {
        closed = true;
    }

    private void resolve(String name) {
        List<InetAddress> found;
        try {
            found = Arrays.asList(InetAddress.getAllByName(name));
        } catch (UnknownHostException e) {
            LOGGER.debug("{} is not known now", name, e);
            return;
        } finally {
            pending.remove(name);
        }
        try {
            loop.execute(() -> {
                if (!closed && !found.equals(known.put(name, found))) {
                    changed.run();
                }
            });
        } catch (RejectedExecutionException e) {
            LOGGER.debug("the event loop that wanted {} has ended", name);
        }
    }
}
