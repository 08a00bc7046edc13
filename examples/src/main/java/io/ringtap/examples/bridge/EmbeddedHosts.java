/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.bridge;

import io.netty.channel.EventLoopGroup;
import io.ringtap.channel.FramePorts;
import io.ringtap.examples.DemoTraffic;
import io.ringtap.examples.LoopOption;
import io.ringtap.examples.StopSignal;
import io.ringtap.examples.host.HandlerHost;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.List;
import java.util.Set;

/**
 * Hosts made of handlers, each on a VALE switch of its own in the netmap of this JVM: no privilege, no device and no
 * native code.
 */
final class EmbeddedHosts implements DemoHosts {
    private static final int FIRST_PING_MILLIS = 3000;
    private static final int PING_MILLIS = 1000;
    private static final long TRANSFER_BYTES = 256L << 20;
    private static final int TRANSFER_MILLIS = 5000;
    private static final String EMBEDDED = ",driver=embedded";

    private final List<End> ends = List.of(End.left("valeL:bridge" + EMBEDDED), End.right("valeR:bridge" + EMBEDDED));
    private final HandlerHost[] hosts = new HandlerHost[2];

    @Override
    public List<End> ends() {
        return ends;
    }

    @Override
    public String kind() {
        return "the embedded netmap";
    }

    @Override
    public EventLoopGroup newGroup(LoopOption loop, int threads) {
        return loop.newGroupWithoutDescriptors(threads);
    }

    @Override
    public void start(EventLoopGroup group) throws IOException, InterruptedException {
        for (int i = 0; i < hosts.length; i++) {
            End end = ends.get(i);
            String port = end.port().replace(":bridge", ":host");
            hosts[i] = new HandlerHost(end.name(), FramePorts.load().parse(port, Set.of()), group,
                (Inet4Address) InetAddress.getByName(end.ipv4()), (Inet6Address) InetAddress.getByName(end.ipv6()));
        }
    }

    @Override
    public int ping(int from, String to, int count, StopSignal stop) throws IOException, InterruptedException {
        InetAddress address = InetAddress.getByName(to);
        if (!hosts[from].ping(address, FIRST_PING_MILLIS)) {
            throw new IOException(ends.get(from).name() + " cannot reach " + to);
        }
        int answered = 0;
        while (answered < count && !stop.requested().isDone() && hosts[from].ping(address, PING_MILLIS)) {
            answered++;
        }
        return answered;
    }

    @Override
    public DemoTraffic.Transfer transfer(StopSignal stop) throws IOException, InterruptedException {
        return hosts[0].transfer(hosts[1], TRANSFER_BYTES, TRANSFER_MILLIS, stop.requested());
    }

    @Override
    public void close() {
        for (HandlerHost host : hosts) {
            if (host != null) {
                host.close();
            }
        }
    }
}
