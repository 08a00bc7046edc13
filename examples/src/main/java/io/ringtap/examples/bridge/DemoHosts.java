/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.bridge;

import io.netty.channel.EventLoopGroup;
import io.ringtap.examples.DemoTraffic;
import io.ringtap.examples.LoopOption;
import io.ringtap.examples.StopSignal;

import java.io.IOException;
import java.util.List;

/** The two hosts of a demo, each at the far end of one of the bridge's ports, and what they say to each other. */
interface DemoHosts extends AutoCloseable {
    /**
     * A host.
     *
     * @param name what to call it
     * @param port the port of the bridge that leads to it
     * @param ipv4 its address
     * @param ipv6 its other address
     */
    record End(String name, String port, String ipv4, String ipv6) {
        // Addresses that are set aside for documentation: RFC 5737 and RFC 3849.
        static End left(String port) {
            return new End("left", port, "192.0.2.1", "2001:db8::1");
        }

        static End right(String port) {
            return new End("right", port, "192.0.2.2", "2001:db8::2");
        }
    }

    /** Left and right. */
    List<End> ends();

    /** What they are made of, in a few words. */
    String kind();

    /** Event loops that carry the ports that lead to them. */
    EventLoopGroup newGroup(LoopOption loop, int threads);

    /** Takes the hosts into use; the ports of the bridge are open. */
    void start(EventLoopGroup group) throws IOException, InterruptedException;

    /**
     * Pings from a host as often as asked, or until one is not answered or the end is asked for.
     *
     * @param from an index into {@link #ends()}
     * @return how many were answered, after a first one that may take longer
     * @throws IOException if not even the first one is answered
     */
    int ping(int from, String to, int count, StopSignal stop) throws IOException, InterruptedException;

    /**
     * Sends data from the left to the right, for five seconds at most.
     *
     * @throws IOException if it fails, or does not end
     */
    DemoTraffic.Transfer transfer(StopSignal stop) throws IOException, InterruptedException;

    @Override
    void close();
}
