/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.netty.channel.ChannelOption;
import io.ringtap.channel.FrameChannel;
import io.ringtap.testkit.TestFrames;
import io.ringtap.testkit.TestNamespace;
import io.ringtap.testsuite.FrameTestbed;
import io.ringtap.testsuite.system.PacketSocket;
import io.ringtap.testsuite.system.SpareNamespaces;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * An interface of the tun driver in a namespace of its own, with a packet socket on the side of the kernel. To stall
 * it, the frames of the channel pass a token bucket filter: a frame counts in the send buffer of the device until it is
 * freed, and the filter holds it.
 */
abstract class InterfaceTestbed implements FrameTestbed {
    static final String DEVICE = "t0";

    private final TestNamespace namespace;
    private FrameChannel last;
    private boolean persistent;
    private PacketSocket near;
    private PacketSocket far;

    InterfaceTestbed() throws IOException {
        namespace = SpareNamespaces.take();
    }

    /** Makes a channel without options. */
    abstract FrameChannel channel();

    /** Redirects frames that arrive on {@link #DEVICE} to the interface {@code v0}. */
    abstract void lead(TestNamespace namespace) throws IOException;

    @Override
    public FrameChannel newChannel() {
        FrameChannel channel = channel();
        channel.config().setOption(TapChannelOption.NETWORK_NAMESPACE, namespace.name());
        channel.config().setOption(TapChannelOption.UP, true);
        channel.config().setOption(TapChannelOption.PERSIST, persistent);
        last = channel;
        return channel;
    }

    @Override
    public void outliveChannels() {
        persistent = true;
    }

    @Override
    public void ready() throws IOException {
        if (near != null) {
            near.close();
        }
        near = PacketSocket.open(namespace, DEVICE);
    }

    @Override
    public void send(byte[] frame) throws IOException {
        near.send(frame);
    }

    @Override
    public byte[] receive(long timeoutMillis) throws IOException {
        PacketSocket socket = far == null ? near : far;
        long deadline = System.nanoTime() + timeoutMillis * 1_000_000;
        while (true) {
            byte[] frame = socket.receive(Math.max(0, (deadline - System.nanoTime()) / 1_000_000));
            if (frame == null || TestFrames.isOurs(frame)) {
                return frame;
            }
        }
    }

    @Override
    public boolean stall() throws IOException {
        // A dozen frames of a thousand octets and the kernel's overhead, so that a test can fill it.
        last.config().setOption(ChannelOption.SO_SNDBUF, 20_000);
        namespace.ip("link", "add", "v0", "type", "veth", "peer", "name", "v1");
        namespace.ip("link", "set", "v0", "up");
        namespace.ip("link", "set", "v1", "up");
        lead(namespace);
        namespace.tc("qdisc", "add", "dev", "v0", "root", "tbf", "rate", "8kbit", "burst", "1600", "limit", "1000000");
        far = PacketSocket.open(namespace, "v1");
        return true;
    }

    @Override
    public void resume() throws IOException {
        namespace.tc("qdisc", "change", "dev", "v0", "root", "tbf", "rate", "1gbit", "burst", "100000",
            "limit", "1000000");
    }

    /** Deletes the device. A channel then has only its descriptor. */
    void delete() throws IOException {
        namespace.ip("link", "del", DEVICE);
    }

    /** Changes the MTU, and moves the interface to another namespace and back, where it is set up again. */
    @Override
    public final void disturb() throws IOException {
        TestNamespace other = SpareNamespaces.take();
        try {
            namespace.ip("link", "set", DEVICE, "mtu", "1400", "netns", other.name());
            other.ip("link", "set", DEVICE, "netns", namespace.name());
            namespace.ip("link", "set", DEVICE, "up");
        } finally {
            SpareNamespaces.giveBack(other);
        }
        ready();
    }

    /** Changes the device as another program would. */
    void change(String... what) throws IOException {
        List<String> arguments = new ArrayList<>(List.of("link", "set", DEVICE));
        arguments.addAll(List.of(what));
        namespace.ip(arguments.toArray(new String[0]));
    }

    @Override
    public void close() throws IOException {
        if (near != null) {
            near.close();
        }
        if (far != null) {
            far.close();
        }
        SpareNamespaces.giveBack(namespace);
    }
}
