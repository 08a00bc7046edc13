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
 * Frames over a Unix datagram socket, one a datagram: the network card of a guest of QEMU, without a tap and without
 * root.
 *
 * <pre>{@code
 * // qemu-system-x86_64 ... -device virtio-net-pci,netdev=n
 * //     -netdev dgram,id=n,local.type=unix,local.path=/run/qemu1.sock,remote.type=unix,remote.path=/run/vm1.sock
 * Channel guest = new Bootstrap().group(group).channel(FrameDatagramChannel.class)
 *     .option(FrameDatagramChannelOption.REMOTE, new FrameDatagramAddress("/run/qemu1.sock"))
 *     .handler(handler)
 *     .bind(new FrameDatagramAddress("/run/vm1.sock")).sync().channel();
 * }</pre>
 *
 * <p>Either side may start first, and each may be restarted. While the other side is away, a write fails and is counted
 * as {@link io.ringtap.ethernet.DropReason#DOWN}; {@link DeviceEvent.LinkDown} and {@link DeviceEvent.LinkUp} tell when
 * it goes and comes, and {@link PeerLost} why it went. That may take half a second to be noticed if nothing is written.
 * A queue of the other side that is full is backpressure, as any full device is; on Linux it has room for {@code
 * net.unix.max_dgram_qlen} frames.
 *
 * <p>The file of the socket has the permissions of {@link FrameDatagramChannelOption#SOCKET_MODE}. It is removed at
 * close. Bind replaces one that a program has left behind, and fails if a program has it open.
 *
 * <p>A program of this user may send any frame, of any length: handlers must not trust them. Run on Linux by us.
 */
public final class FrameDatagramChannel extends FrameSocketChannel {
    private static final List<ChannelOption<?>> OPTIONS = List.of(FrameDatagramChannelOption.REMOTE,
        FrameDatagramChannelOption.VFKIT, FrameSocketOption.SOCKET_MODE, FrameSocketOption.MAX_FRAME,
        ChannelOption.SO_SNDBUF);

    /** A channel to be bound to a {@link FrameDatagramAddress}. */
    public FrameDatagramChannel() {
        super(OPTIONS);
    }

    @Override
    SocketDevice open(SocketAddress localAddress, FrameSocketSettings settings) throws IOException {
        if (!(localAddress instanceof FrameDatagramAddress address)) {
            throw new IllegalArgumentException("a FrameDatagramChannel is bound to a FrameDatagramAddress, not to "
                + localAddress);
        }
        if (address.equals(settings.remote())) {
            throw new IllegalArgumentException(address + ": REMOTE is the same socket");
        }
        return DatagramDevice.open(address, settings);
    }

    @Override
    public FrameDatagramAddress localAddress() {
        return (FrameDatagramAddress) super.localAddress();
    }
}
