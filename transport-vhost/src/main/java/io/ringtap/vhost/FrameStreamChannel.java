/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vhost;

import io.netty.channel.ChannelOption;
import io.ringtap.channel.DeviceEvent;

import java.io.IOException;
import java.net.SocketAddress;
import java.util.List;

/**
 * Frames over a stream socket, each with its length in front of it in four octets, big-endian: the network card of a
 * guest of QEMU, or a program such as passt that gives a guest the network of its host. No tap and no root is needed.
 *
 * <pre>{@code
 * // qemu-system-x86_64 ... -device virtio-net-pci,netdev=n
 * //     -netdev stream,id=n,server=off,addr.type=unix,addr.path=/run/vm1.sock
 * Channel guest = new Bootstrap().group(group).channel(FrameStreamChannel.class)
 *     .handler(handler)
 *     .bind(new FrameStreamAddress("/run/vm1.sock")).sync().channel();
 * }</pre>
 *
 * <p>The channel listens at its address, or connects to it if {@link FrameStreamChannelOption#SERVER} is off. It has
 * one connection at a time, and stays open when that ends: it listens for the next one, or connects again. Who connects
 * while there is a connection is turned away. While there is none, a write fails and is counted as {@link
 * io.ringtap.ethernet.DropReason#DOWN}. {@link DeviceEvent.LinkUp} and {@link DeviceEvent.LinkDown} tell when a
 * connection begins and ends, and {@link PeerLost} why it ended. A length that no frame can have ends it: what follows
 * cannot be understood. A frame shorter than an Ethernet header is dropped and counted.
 *
 * <p>A promise that succeeds says that the kernel has the whole frame. When a connection ends, frames that the other
 * side had not read by then are lost.
 *
 * <p>The file of a Unix domain socket has the permissions of {@link FrameStreamChannelOption#SOCKET_MODE}. It is
 * removed at close. Bind replaces one that a program has left behind, and fails if a program listens there. TCP has no
 * such protection: whoever reaches the port can be the guest. Run on Linux by us.
 */
public final class FrameStreamChannel extends FrameSocketChannel {
    private static final List<ChannelOption<?>> OPTIONS = List.of(FrameStreamChannelOption.SERVER,
        FrameStreamChannelOption.RECONNECT_MILLIS, FrameSocketOption.SOCKET_MODE, FrameSocketOption.MAX_FRAME,
        ChannelOption.SO_SNDBUF);

    /** A channel to be bound to a {@link FrameStreamAddress}. */
    public FrameStreamChannel() {
        super(OPTIONS);
    }

    @Override
    SocketDevice open(SocketAddress localAddress, FrameSocketSettings settings) throws IOException {
        if (!(localAddress instanceof FrameStreamAddress address)) {
            throw new IllegalArgumentException("a FrameStreamChannel is bound to a FrameStreamAddress, not to "
                + localAddress);
        }
        return StreamDevice.open(address, settings);
    }

    @Override
    public FrameStreamAddress localAddress() {
        return (FrameStreamAddress) super.localAddress();
    }
}
