/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vxlan;

import io.netty.channel.ChannelOption;
import io.ringtap.channel.FrameChannel;
import io.ringtap.testkit.TestFrames;
import io.ringtap.testsuite.FrameTestbed;

import java.io.IOException;
import java.net.SocketAddress;
import java.util.List;

/**
 * A tunnel whose far end is a UDP socket of the test, at the other end of a virtual cable. The cable is made once and
 * serves all tests. To stall the channel, what it writes goes through a token bucket: the kernel charges a datagram to
 * the socket's send buffer until its last holder lets go of it, and here the bucket holds it.
 */
final class VxlanTestbed implements FrameTestbed {
    static final int VNI = 42;

    private static Underlay shared;

    private final Underlay underlay;
    private final FarSocket far;
    private FrameChannel last;
    private boolean stalled;

    VxlanTestbed() throws IOException {
        underlay = shared();
        far = FarSocket.open(underlay, "192.0.2.2", "192.0.2.1");
    }

    /** The namespaces end with the JVM. */
    private static synchronized Underlay shared() throws IOException {
        if (shared == null) {
            shared = Underlay.create(9000);
        }
        return shared;
    }

    @Override
    public FrameChannel newChannel() {
        VxlanChannel channel = new VxlanChannel();
        channel.config().setOption(VxlanChannelOption.NETWORK_NAMESPACE, underlay.near.name());
        channel.config().setOption(VxlanChannelOption.REMOTES, List.of("192.0.2.2"));
        // Each socket more is a few system calls more, each of which fails once in the suite.
        channel.config().setOption(VxlanChannelOption.SOURCE_PORTS, 1);
        last = channel;
        return channel;
    }

    @Override
    public SocketAddress address() {
        return new VxlanAddress(VNI, Underlay.address("192.0.2.1"));
    }

    @Override
    public void ready() {
        // The far end is there from the beginning.
    }

    @Override
    public void send(byte[] frame) throws IOException {
        far.send(FarSocket.datagram(VNI, frame));
    }

    @Override
    public byte[] receive(long timeoutMillis) throws IOException {
        long deadline = System.nanoTime() + timeoutMillis * 1_000_000;
        while (true) {
            byte[] frame = far.receive(VNI, Math.max(0, (deadline - System.nanoTime()) / 1_000_000));
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
        underlay.near.tc("qdisc", "add", "dev", Underlay.NEAR_DEVICE, "root", "tbf", "rate", "8kbit", "burst", "10000",
            "limit", "1000000");
        return true;
    }

    @Override
    public void resume() throws IOException {
        underlay.near.tc("qdisc", "change", "dev", Underlay.NEAR_DEVICE, "root", "tbf", "rate", "1gbit", "burst",
            "100000", "limit", "1000000");
    }

    /** Changes the MTU, and sets the interface down and up. */
    @Override
    public void disturb() throws IOException {
        underlay.near.ip("link", "set", Underlay.NEAR_DEVICE, "mtu", "8000");
        underlay.near.ip("link", "set", Underlay.NEAR_DEVICE, "down");
        underlay.near.ip("link", "set", Underlay.NEAR_DEVICE, "up");
        underlay.near.ip("link", "set", Underlay.NEAR_DEVICE, "mtu", "9000");
    }

    @Override
    public void close() throws IOException {
        if (stalled) {
            underlay.near.tc("qdisc", "del", "dev", Underlay.NEAR_DEVICE, "root");
        }
        far.close();
    }
}
