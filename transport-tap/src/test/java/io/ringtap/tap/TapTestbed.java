/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.netty.channel.ChannelOption;
import io.ringtap.channel.FrameChannel;
import io.ringtap.testing.FrameTestbed;
import io.ringtap.testing.PacketSocket;
import io.ringtap.testing.TestFrames;
import io.ringtap.testing.TestNamespace;

import java.io.IOException;

/**
 * A tap in a namespace of its own, with a packet socket on its near end. To stall it, the frames that the channel
 * writes go through a bridge and a token bucket: the kernel charges a frame to the tap's send buffer until its last
 * holder lets go of it, and here the bucket holds it.
 */
final class TapTestbed implements FrameTestbed {
    private static final String DEVICE = "t0";

    private final TestNamespace namespace;
    private PacketSocket near;
    private PacketSocket far;

    TapTestbed() throws IOException {
        namespace = TestNamespace.create();
    }

    @Override
    public FrameChannel newChannel() {
        TapChannel channel = new TapChannel();
        channel.config().setOption(TapChannelOption.NETWORK_NAMESPACE, namespace.name());
        channel.config().setOption(TapChannelOption.UP, true);
        // A dozen frames of a thousand octets and the kernel's overhead, so that a test can fill it.
        channel.config().setOption(ChannelOption.SO_SNDBUF, 20_000);
        return channel;
    }

    @Override
    public TapAddress address() {
        return new TapAddress(DEVICE);
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
        namespace.ip("link", "add", "name", "br0", "type", "bridge", "forward_delay", "0", "mcast_snooping", "0");
        namespace.ip("link", "add", "v0", "type", "veth", "peer", "name", "v1");
        namespace.ip("link", "set", "v0", "master", "br0", "up");
        namespace.ip("link", "set", "v1", "up");
        namespace.ip("link", "set", DEVICE, "master", "br0");
        namespace.ip("link", "set", "br0", "up");
        namespace.tc("qdisc", "add", "dev", "v0", "root", "tbf", "rate", "8kbit", "burst", "1600", "limit", "1000000");
        far = PacketSocket.open(namespace, "v1");
        return true;
    }

    @Override
    public void resume() throws IOException {
        namespace.tc("qdisc", "change", "dev", "v0", "root", "tbf", "rate", "1gbit", "burst", "100000",
            "limit", "1000000");
    }

    @Override
    public void close() throws IOException {
        if (near != null) {
            near.close();
        }
        if (far != null) {
            far.close();
        }
        namespace.close();
    }
}
