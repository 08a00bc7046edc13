/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap;

import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.EventExecutor;
import io.ringtap.internal.unix.NetworkNamespace;
import io.ringtap.testkit.TestNamespace;
import io.ringtap.testsuite.TestLoops.TestLoop;

import java.io.IOException;

/** Pairs of veth(4) in a network namespace of their own: Linux. */
final class VethPairs implements CardPairs {
    private final TestNamespace namespace = TestNamespace.create();

    VethPairs(int pairs) throws IOException {
        for (int pair = 0; pair < pairs; pair++) {
            namespace.ip("link", "add", name(pair, 0), "type", "veth", "peer", "name", name(pair, 1));
            setUp(name(pair, 0), true);
            setUp(name(pair, 1), true);
        }
    }

    @Override
    public String name(int pair, int end) {
        return "rt" + (char) ('a' + pair) + end;
    }

    @Override
    public EventLoopGroup newGroup(TestLoop loop) throws IOException {
        EventLoopGroup group = loop.newGroup(1);
        // A thread is in the namespace of the one that starts it.
        NetworkNamespace.call(namespace.name(), () -> {
            for (EventExecutor one : group) {
                one.submit(() -> { }).sync();
            }
            return null;
        });
        return group;
    }

    @Override
    public void setUp(String name, boolean up) throws IOException {
        namespace.ip("link", "set", name, up ? "up" : "down");
    }

    @Override
    public String remove(String name) {
        try {
            return namespace.ip("link", "del", name);
        } catch (IOException e) {
            return e.toString();
        }
    }

    @Override
    public boolean has(String name) throws IOException {
        return namespace.ip("link").contains(" " + name + "@");
    }

    @Override
    public void close() throws IOException {
        namespace.close();
    }
}
