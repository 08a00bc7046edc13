/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.vpn;

import io.netty.channel.ChannelException;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.kqueue.KQueueDatagramChannel;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.uring.IoUringDatagramChannel;
import io.ringtap.loop.FrameLoop;

import java.net.Inet4Address;
import java.net.InetAddress;

/** The UDP sockets of Netty that share an event loop with Ringtap's channels. */
final class TunnelSockets {
    private TunnelSockets() {
    }

    /** Whether loops of this kind carry sockets at all. */
    static boolean areOn(FrameLoop kind) {
        return kind != FrameLoop.POLL;
    }

    /** A socket for loops of this kind, of the address family of what it will be bound to; open from now on. */
    static DatagramChannel open(FrameLoop kind, InetAddress local) {
        SocketProtocolFamily family =
            local instanceof Inet4Address ? SocketProtocolFamily.INET : SocketProtocolFamily.INET6;
        return switch (kind) {
            case EPOLL -> new EpollDatagramChannel(family);
            case IO_URING -> new IoUringDatagramChannel(family);
            case KQUEUE -> new KQueueDatagramChannel(family);
            case POLL -> throw new IllegalArgumentException("PollIoHandler carries Ringtap's channels alone");
        };
    }

    /** Whether a socket takes datagrams that the kernel cuts up. */
    static boolean sendsSegmented(DatagramChannel socket) {
        return socket instanceof EpollDatagramChannel && EpollDatagramChannel.isSegmentedDatagramPacketSupported()
            || socket instanceof IoUringDatagramChannel && IoUringDatagramChannel.isSegmentedDatagramPacketSupported();
    }

    /** Asks a socket to receive several datagrams at a time, which Netty takes apart; tells whether it will. */
    static boolean receiveSegmented(DatagramChannel socket) {
        try {
            return socket instanceof EpollDatagramChannel
                && socket.config().setOption(EpollChannelOption.UDP_GRO, true);
        } catch (ChannelException e) {
            // Linux before 5.0: one by one.
            return false;
        }
    }
}
