/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.nic;

import io.netty.channel.ChannelOption;
import io.ringtap.channel.FrameChannel;
import io.ringtap.internal.unix.NetworkNamespace;
import io.ringtap.internal.unix.RouteNetlink;
import io.ringtap.testkit.TestFrames;
import io.ringtap.testkit.TestNamespace;
import io.ringtap.testsuite.FrameTestbed;
import io.ringtap.testsuite.system.PacketSocket;

import java.io.IOException;
import java.net.SocketAddress;

/**
 * Two joined interfaces in a namespace of their own: the channel has one, the test drives the other by a packet
 * socket. The next test uses them again, unless this one has left something behind. To stall the channel, what it
 * writes goes through a token bucket: the kernel charges a frame to the socket's send buffer until its last holder lets
 * go of it, and here the bucket holds it.
 */
class VethTestbed implements FrameTestbed {
    static final String NEAR = "va";
    static final String FAR = "vb";

    /** The interfaces that the test before has left as they were; removed when the JVM ends. */
    private static TestNamespace spare;

    final TestNamespace namespace;
    private final PacketSocket far;
    private FrameChannel last;
    private boolean stalled;
    private boolean disturbed;

    VethTestbed() throws IOException {
        namespace = take();
        far = PacketSocket.open(namespace, FAR);
    }

    private static synchronized TestNamespace take() throws IOException {
        TestNamespace joined = spare;
        spare = null;
        if (joined == null) {
            joined = TestNamespace.create();
            joined.ip("link", "add", NEAR, "up", "type", "veth", "peer", "name", FAR);
            joined.ip("link", "set", FAR, "up");
        }
        return joined;
    }

    private static synchronized boolean keep(TestNamespace joined) {
        if (spare != null) {
            return false;
        }
        spare = joined;
        return true;
    }

    /** A channel with the options that a test of this transport needs. */
    FrameChannel channel() {
        return new PacketChannel();
    }

    @Override
    public FrameChannel newChannel() {
        FrameChannel channel = channel();
        channel.config().setOption(PacketChannelOption.NETWORK_NAMESPACE, namespace.name());
        last = channel;
        return channel;
    }

    @Override
    public SocketAddress address() {
        return new PacketAddress(NEAR);
    }

    @Override
    public void ready() {
        // The far end is there from the beginning.
    }

    @Override
    public void send(byte[] frame) throws IOException {
        far.send(frame);
    }

    @Override
    public byte[] receive(long timeoutMillis) throws IOException {
        long deadline = System.nanoTime() + timeoutMillis * 1_000_000;
        while (true) {
            byte[] frame = far.receive(Math.max(0, (deadline - System.nanoTime()) / 1_000_000));
            if (frame == null || TestFrames.isOurs(frame)) {
                return frame;
            }
        }
    }

    @Override
    public boolean stall() throws IOException {
        // A dozen frames of a thousand octets and the kernel's overhead, so that a test can fill it.
        last.config().setOption(ChannelOption.SO_SNDBUF, 10_000);
        stalled = true;
        namespace.tc("qdisc", "add", "dev", NEAR, "root", "tbf", "rate", "8kbit", "burst", "1600", "limit", "1000000");
        return true;
    }

    @Override
    public void resume() throws IOException {
        namespace.tc("qdisc", "change", "dev", NEAR, "root", "tbf", "rate", "1gbit", "burst", "100000",
            "limit", "1000000");
    }

    /** Changes the MTU, sets the interface down and up, and renames it twice. */
    @Override
    public void disturb() throws IOException {
        disturbed = true;
        namespace.ip("link", "set", NEAR, "mtu", "1400");
        namespace.ip("link", "set", NEAR, "down");
        namespace.ip("link", "set", NEAR, "name", "other");
        namespace.ip("link", "set", "other", "name", NEAR);
        namespace.ip("link", "set", NEAR, "up");
    }

    @Override
    public void close() throws IOException {
        far.close();
        if (disturbed) {
            namespace.ip("link", "set", NEAR, "mtu", "1500");
        }
        if (stalled || !isFree() || !keep(namespace)) {
            namespace.close();
        }
    }

    /** Whether no channel has left its program on the interface. */
    private boolean isFree() throws IOException {
        return NetworkNamespace.call(namespace.name(), () -> {
            try (RouteNetlink route = RouteNetlink.open()) {
                return route.xdpProgram(route.link(NEAR).index()) == 0;
            }
        });
    }
}
