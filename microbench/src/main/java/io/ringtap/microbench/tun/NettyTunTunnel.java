/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.microbench.tun;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.DefaultEventLoop;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.socket.DatagramPacket;
import org.drasyl.channel.tun.Tun4Packet;
import org.drasyl.channel.tun.TunAddress;
import org.drasyl.channel.tun.TunChannel;
import org.drasyl.channel.tun.TunPacket;

import java.net.InetSocketAddress;

/**
 * One end of a tunnel: a TUN device of netty-tun and a UDP socket of Netty on 127.0.0.1. The event loop of the device
 * cannot serve sockets, so there are two event loops: {@code NettyTunTunnel NAME PORT PEER-PORT}. IPv4 only.
 */
public final class NettyTunTunnel {
    private static final int SOCKET_BUFFER = 4 << 20;
    private static final int LONGEST = 1500;
    private static final int DATAGRAMS_PER_ROUND = 64;

    private final InetSocketAddress peer;
    private Channel device;
    private Channel socket;

    private NettyTunTunnel(InetSocketAddress peer) {
        this.peer = peer;
    }

    /** Runs until it is killed. */
    public static void main(String[] arguments) throws Exception {
        new NettyTunTunnel(local(arguments[2])).open(arguments[0], local(arguments[1]));
    }

    private static InetSocketAddress local(String port) {
        return new InetSocketAddress("127.0.0.1", Integer.parseInt(port));
    }

    private void open(String name, InetSocketAddress here) throws InterruptedException {
        socket = new Bootstrap().group(new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory()))
            .channel(EpollDatagramChannel.class)
            .option(ChannelOption.AUTO_READ, false)
            .option(ChannelOption.SO_RCVBUF, SOCKET_BUFFER)
            .option(ChannelOption.SO_SNDBUF, SOCKET_BUFFER)
            .option(ChannelOption.RECVBUF_ALLOCATOR,
                new FixedRecvByteBufAllocator(LONGEST).maxMessagesPerRead(DATAGRAMS_PER_ROUND))
            .handler(new FromSocket()).bind(here).sync().channel();
        device = new Bootstrap().group(new DefaultEventLoop()).channel(TunChannel.class)
            .handler(new FromDevice()).bind(new TunAddress(name)).sync().channel();
        socket.config().setAutoRead(true);
    }

    private final class FromDevice extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ByteBuf packet = ((TunPacket) message).content();
            socket.write(new DatagramPacket(packet, peer), socket.voidPromise());
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            socket.flush();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            // A packet that the interface refuses is lost, as in any network.
        }
    }

    private final class FromSocket extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            DatagramPacket datagram = (DatagramPacket) message;
            if (peer.equals(datagram.sender()) && device.isWritable()) {
                device.write(new Tun4Packet(datagram.content()), device.voidPromise());
            } else {
                datagram.release();
            }
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            device.flush();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            // The peer does not listen yet.
        }
    }
}
