/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.vpn;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.DatagramPacket;
import io.ringtap.channel.DeviceEvent;
import io.ringtap.channel.FramePort;
import io.ringtap.channel.FrameRefusedException;
import io.ringtap.tap.TapChannelOption;
import io.ringtap.tap.TunChannel;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;

/**
 * One end of a tunnel: a TUN device and a UDP socket on the same event loop. A packet of the one is a datagram of the
 * other, uncopied. Nothing is dropped between them: the side that reads pauses while the other has enough to write.
 */
final class VpnEnd implements AutoCloseable {
    /** What is left of an Ethernet frame's 1500 behind an IPv6 and a UDP header. */
    static final int DEFAULT_MTU = 1500 - 40 - 8;
    private static final int SOCKET_BUFFER = 4 << 20;
    private static final int DATAGRAMS_PER_ROUND = 64;

    private final InetSocketAddress peer;
    private final Consumer<String> reports;
    private final LongAdder strangers = new LongAdder();
    private final LongAdder malformed = new LongAdder();
    private final LongAdder tooLong = new LongAdder();
    private final LongAdder unsent = new LongAdder();
    private final CompletableFuture<Void> closed = new CompletableFuture<>();
    private TunChannel tun;
    private DatagramChannel udp;
    private int mtu;

    /**
     * An end that is not open yet.
     *
     * @param peer where datagrams go, and the only one they are taken from
     * @param reports told of what happens to it, in a line; on the event loop
     */
    VpnEnd(InetSocketAddress peer, Consumer<String> reports) {
        this.peer = peer;
        this.reports = reports;
    }

    /**
     * Opens the device and the socket on one event loop.
     *
     * @param sockets makes the socket, of the kind that the loop carries
     * @throws IOException if one of them cannot be opened, naming it and the cause
     */
    void open(EventLoop loop, FramePort port, ChannelFactory<DatagramChannel> sockets, InetSocketAddress listen)
        throws IOException, InterruptedException {
        Bootstrap device = port.bootstrap(loop).option(ChannelOption.AUTO_READ, false).handler(new FromDevice());
        if (!port.options().containsKey(TapChannelOption.MTU)) {
            device.option(TapChannelOption.MTU, DEFAULT_MTU);
        }
        tun = (TunChannel) opened("port " + port, device.bind().await());
        mtu = tun.config().getMtu();
        if (tun.vnetHeaderLength() > 0) {
            close();
            throw new IOException("port " + port + " has a vnet header, which a datagram has no place for");
        }
        try {
            udp = (DatagramChannel) opened("UDP socket " + listen, new Bootstrap().group(loop).channelFactory(sockets)
                .option(ChannelOption.SO_RCVBUF, SOCKET_BUFFER)
                .option(ChannelOption.SO_SNDBUF, SOCKET_BUFFER)
                // An octet more than a packet may have, as a datagram that is longer would be cut off unnoticed.
                .option(ChannelOption.RECVBUF_ALLOCATOR,
                    new FixedRecvByteBufAllocator(mtu + 1).maxMessagesPerRead(DATAGRAMS_PER_ROUND))
                .handler(new FromSocket())
                .bind(listen).await());
        } catch (IOException e) {
            close();
            throw e;
        }
        tun.closeFuture().addListener(future -> udp.close());
        udp.closeFuture().addListener(future -> {
            tun.close();
            closed.complete(null);
        });
        tun.config().setAutoRead(true);
    }

    private static Channel opened(String what, ChannelFuture bound) throws IOException {
        if (!bound.isSuccess()) {
            Throwable cause = bound.cause();
            throw new IOException(what + " cannot be opened: "
                + (cause.getMessage() == null ? cause : cause.getMessage()), cause);
        }
        return bound.channel();
    }

    TunChannel tun() {
        return tun;
    }

    /** Done when this end has closed, by itself or because it was told to. */
    CompletableFuture<Void> closed() {
        return closed;
    }

    /** What passed and what did not, in a line. Any thread. */
    String counters() {
        StringBuilder text = new StringBuilder(tun.localAddress() + ": " + tun.stats().rxFrames() + " packets ("
            + tun.stats().rxBytes() + " bytes) to the peer, " + tun.stats().txFrames() + " (" + tun.stats().txBytes()
            + ") from it");
        append(text, "not from the peer", strangers);
        append(text, "no packet", malformed);
        append(text, "too long", tooLong);
        append(text, "not sent", unsent);
        long refused = tun.stats().txDrops();
        return text + (refused == 0 ? "" : ", " + refused + " refused by the device");
    }

    private static void append(StringBuilder text, String what, LongAdder count) {
        if (count.sum() > 0) {
            text.append(", ").append(count.sum()).append(' ').append(what);
        }
    }

    /** Closes both; returns when they are closed. */
    @Override
    public void close() {
        if (tun != null) {
            tun.close().awaitUninterruptibly();
        }
        if (udp != null) {
            udp.close().awaitUninterruptibly();
        }
    }

    /** Sends what the host routes into the tunnel. */
    private final class FromDevice extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object packet) {
            udp.write(new DatagramPacket((ByteBuf) packet, peer), udp.voidPromise());
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            udp.flush();
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext ctx) {
            udp.config().setAutoRead(ctx.channel().isWritable());
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event instanceof DeviceEvent.MtuChanged changed && changed.to() > mtu) {
                reports.accept(tun.localAddress() + ": the MTU is now " + changed.to() + ", and packets above " + mtu
                    + " from the peer are dropped");
            } else if (event instanceof DeviceEvent.Gone gone) {
                reports.accept(gone.cause().getMessage());
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            // What the device refused, as it is down or the datagram held no packet, is in its counters already.
            if (!(cause instanceof FrameRefusedException) && tun.isActive()) {
                reports.accept(tun.localAddress() + ": " + cause);
            }
        }
    }

    /** Hands to the host what the peer sends. */
    private final class FromSocket extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            DatagramPacket datagram = (DatagramPacket) message;
            ByteBuf packet = datagram.content();
            LongAdder unwanted = unwanted(datagram.sender(), packet);
            if (unwanted != null) {
                unwanted.increment();
                datagram.release();
                return;
            }
            tun.write(packet, tun.voidPromise());
        }

        private LongAdder unwanted(InetSocketAddress sender, ByteBuf packet) {
            if (!peer.equals(sender)) {
                return strangers;
            }
            if (packet.readableBytes() > mtu) {
                return tooLong;
            }
            int version = packet.isReadable() ? packet.getByte(packet.readerIndex()) >> 4 & 0xf : 0;
            return version == 4 || version == 6 ? null : malformed;
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            tun.flush();
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext ctx) {
            tun.config().setAutoRead(ctx.channel().isWritable());
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            // The way to the peer is closed, or nobody listens there: a tunnel goes on, and so do its users.
            unsent.increment();
        }
    }
}
