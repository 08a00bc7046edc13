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
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.DatagramPacket;
import io.netty.util.NetUtil;
import io.ringtap.channel.DeviceEvent;
import io.ringtap.channel.FrameChannelOption;
import io.ringtap.channel.FrameFrontEnd;
import io.ringtap.channel.FramePort;
import io.ringtap.ethernet.FrameRefusedException;
import io.ringtap.tap.TapChannelOption;
import io.ringtap.tap.TunChannel;
import io.ringtap.virtio.GroCoalescer;
import io.ringtap.virtio.LinkLayer;
import io.ringtap.virtio.VirtioNetFeature;
import io.ringtap.virtio.VirtioNetHeader;
import io.ringtap.virtio.VirtioNetOffload;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VnetHeaderLength;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;

/**
 * One end of a tunnel: a TUN device and a UDP socket on the same event loop. A packet of the one is a datagram of the
 * other. Nothing is dropped between them: the side that reads pauses while the other has enough to write.
 *
 * <p>The host hands over TCP and UDP in super-frames, which a {@link FrameFrontEnd} segments, and gets super-frames, to
 * which packets that arrive in a row are joined; datagrams are given to the socket and taken from it many at a time, if
 * it can:
 *
 * <pre>
 *   device ---> FrameFrontEnd ---> FromDevice ---> DatagramTrain ---> socket
 *   device &lt;--- FrameFrontEnd &lt;--- ToDevice &lt;--- GroCoalescer &lt;--- FromSocket &lt;--- socket
 * </pre>
 */
final class VpnEnd implements AutoCloseable {
    /** What is left of an Ethernet frame's 1500 behind an IPv6 and a UDP header. */
    static final int DEFAULT_MTU = 1500 - 40 - 8;
    private static final int SOCKET_BUFFER = 4 << 20;
    private static final int DATAGRAMS_PER_ROUND = 256;
    private static final int LONGEST_DATAGRAM = 65535;
    /** Some super-frames, so that one does not stop the other side yet. */
    private static final WriteBufferWaterMark WATER_MARK = new WriteBufferWaterMark(512 << 10, 1 << 20);
    /** What the host may leave undone, and takes undone. */
    private static final VirtioNetOffloads OFFLOADS = VirtioNetOffloads.of(VirtioNetOffload.CSUM,
        VirtioNetOffload.TSO4, VirtioNetOffload.TSO6, VirtioNetOffload.USO4, VirtioNetOffload.USO6);

    private static final Set<VirtioNetFeature> WRITTEN = EnumSet.of(VirtioNetFeature.CSUM,
        VirtioNetFeature.HOST_TSO4, VirtioNetFeature.HOST_TSO6, VirtioNetFeature.HOST_USO);

    private final InetSocketAddress peer;
    private final Consumer<String> reports;
    private final LongAdder strangers = new LongAdder();
    private final LongAdder malformed = new LongAdder();
    private final LongAdder tooLong = new LongAdder();
    private final LongAdder unsent = new LongAdder();
    private final CompletableFuture<Void> closed = new CompletableFuture<>();
    private TunChannel tun;
    /** The address of the device, which the channel forgets when it is closed. */
    private String name;
    private boolean gone;
    private DatagramChannel udp;
    private DatagramTrain train;
    private VirtioNetHeader header;
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
        Bootstrap device = port.bootstrap(loop).option(ChannelOption.AUTO_READ, false)
            .option(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK).handler(new FromDevice());
        if (!port.options().containsKey(TapChannelOption.MTU)) {
            device.option(TapChannelOption.MTU, DEFAULT_MTU);
        }
        udp = sockets.newChannel();
        boolean manyAtATime = TunnelSockets.receiveSegmented(udp);
        // Where datagrams come one by one, there is seldom a row of them to join, and super-frames do not pay.
        if (manyAtATime && !port.options().containsKey(FrameChannelOption.VNET_HEADERS)) {
            device.option(FrameChannelOption.VNET_HEADERS,
                List.of(VnetHeaderLength.MERGEABLE, VnetHeaderLength.NONE));
            if (!port.options().containsKey(FrameChannelOption.OFFLOADS)) {
                device.option(FrameChannelOption.OFFLOADS, OFFLOADS);
            }
        }
        try {
            tun = (TunChannel) opened("port " + port, device.bind().await());
            name = tun.localAddress().toString();
            mtu = tun.config().getMtu();
            // Packets that are written have the header of the device, if it has one, as super-frames need one; those
            // that are read are whole, behind a header that asks for nothing.
            header = VirtioNetHeader.of(tun.vnetHeader().length());
            tun.pipeline().addFirst(new FrameFrontEnd(header.length(), WRITTEN));
            int longest = manyAtATime ? LONGEST_DATAGRAM : mtu + 1;
            opened("UDP socket " + NetUtil.toSocketAddressString(listen), new Bootstrap().group(loop)
                .channelFactory(() -> udp)
                .option(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK)
                .option(ChannelOption.SO_RCVBUF, SOCKET_BUFFER)
                .option(ChannelOption.SO_SNDBUF, SOCKET_BUFFER)
                // An octet more than a packet may have, as a datagram that is longer would be cut off unnoticed.
                .option(ChannelOption.RECVBUF_ALLOCATOR,
                    new FixedRecvByteBufAllocator(longest).maxMessagesPerRead(DATAGRAMS_PER_ROUND))
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel socket) {
                        addHandlers(socket);
                    }
                })
                .bind(listen).await());
        } catch (IOException e) {
            close();
            throw e;
        }
        train = new DatagramTrain(udp, peer, TunnelSockets.sendsSegmented(udp), unsent::add);
        tun.closeFuture().addListener(future -> udp.close());
        udp.closeFuture().addListener(future -> {
            tun.close();
            train.close();
            closed.complete(null);
        });
        tun.config().setAutoRead(true);
    }

    private void addHandlers(Channel socket) {
        socket.pipeline().addLast(new FromSocket());
        if (header.bytes() > 0) {
            socket.pipeline().addLast(new GroCoalescer(LinkLayer.RAW_IP, VirtioNetHeader.of(VnetHeaderLength.NONE),
                header, OFFLOADS, GroCoalescer.DEFAULT_MAX_FLOWS, GroCoalescer.DEFAULT_MAX_HELD));
        }
        socket.pipeline().addLast(new ToDevice());
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
        StringBuilder text = new StringBuilder(name + ": " + tun.stats().rxFrames() + " packets ("
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
        if (udp != null && udp.isRegistered()) {
            udp.close().awaitUninterruptibly();
        } else if (udp != null) {
            udp.unsafe().closeForcibly();
        }
    }

    /** Sends what the host routes into the tunnel. */
    private final class FromDevice extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object packet) {
            train.add(((ByteBuf) packet).skipBytes(header.bytes()));
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            train.flush();
            if (!udp.isWritable()) {
                // A super-frame that took more than one turn has turned reading on again behind it.
                ctx.channel().config().setAutoRead(false);
            }
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
            } else if (event instanceof DeviceEvent.Gone end) {
                gone = true;
                reports.accept(end.cause().getMessage());
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            // What the device refused, as it is down or the datagram held no packet, is in its counters already; why
            // the device is gone has been told.
            if (!(cause instanceof FrameRefusedException) && tun.isActive() && !gone) {
                reports.accept(name + ": " + cause);
            }
        }
    }

    /** Takes packets out of the peer's datagrams. */
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
            ctx.fireChannelRead(packet);
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

    }

    /** Hands to the host what the peer has sent. */
    private final class ToDevice extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object packet) {
            tun.write(packet, tun.voidPromise());
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
