/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.util.ReferenceCountUtil;
import io.ringtap.internal.unix.Errno;
import io.ringtap.internal.unix.NativeMemory;
import io.ringtap.internal.unix.SystemCalls;
import io.ringtap.testkit.ReferenceChecksum;
import io.ringtap.testsuite.TestLoops.TestLoop;
import io.ringtap.testsuite.remote.RequiresFreeBsd;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

import static io.ringtap.netmap.Sink.frame;
import static io.ringtap.netmap.Sink.open;
import static io.ringtap.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * The host's rings on FreeBSD: between an interface and the network stack that believes to own it. The test has a UDP
 * socket of the stack, and is the only other host on the wire, which it drives through the other end of the pair.
 */
@RequiresFreeBsd(memory = true)
class FreeBsdHostRingsTest {
    private static final int AF_INET = 2;
    private static final int SOCK_DGRAM = 2;
    private static final int SOCKADDR = 16;
    private static final int HOST = 0x0a49_0001;
    private static final int PEER = 0x0a49_0002;
    private static final int HOST_PORT = 7000;
    private static final int PEER_PORT = 9000;
    private static final byte[] PEER_MAC = {2, 0, 0, 0, 0, 9};
    private static final int ARP = 0x0806;
    private static final int IPV4 = 0x0800;
    private static final int UDP = 17;
    private static final int PAYLOAD = 42;

    private Epairs cards;
    private EventLoopGroup group;
    private int socket = -1;
    private final NativeMemory data = NativeMemory.allocate(2048);

    @BeforeEach
    void createPair() throws IOException {
        cards = new Epairs(1);
        cards.addAddress(cards.name(0, 0), HOST);
        socket = SystemCalls.check("socket", SystemCalls.socket(AF_INET, SOCK_DGRAM, 0));
        SystemCalls.check("bind", SystemCalls.bind(socket, address(HOST, HOST_PORT)));
        SystemCalls.check("connect", SystemCalls.connect(socket, address(PEER, PEER_PORT)));
        SystemCalls.setNonBlocking(socket);
    }

    @AfterEach
    void removePair() throws InterruptedException {
        if (group != null) {
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        }
        if (socket >= 0) {
            SystemCalls.close(socket);
        }
        if (cards != null) {
            cards.close();
        }
    }

    private static NativeMemory address(int host, int port) {
        NativeMemory address = NativeMemory.allocate(SOCKADDR);
        address.buffer().put(0, (byte) SOCKADDR).put(1, (byte) AF_INET).order(ByteOrder.BIG_ENDIAN)
            .putShort(2, (short) port).putInt(4, host);
        address.buffer().order(ByteOrder.nativeOrder());
        return address;
    }

    /** The host sends a datagram. */
    private void hostSends(String text) throws IOException {
        data.buffer().put(0, text.getBytes(StandardCharsets.US_ASCII));
        SystemCalls.check("send", (int) SystemCalls.send(socket, data.address(), text.length(), 0));
    }

    /** The next datagram that the host has received, {@code null} if there is none yet. */
    private String hostReceived() throws IOException {
        int n = (int) SystemCalls.recv(socket, data.address(), data.size(), 0);
        if (Errno.EAGAIN.is(n)) {
            return null;
        }
        byte[] text = new byte[SystemCalls.check("recv", n)];
        data.buffer().get(0, text);
        return new String(text, StandardCharsets.US_ASCII);
    }

    /** What answers the host's question for the address of the peer. */
    private static ByteBuf answer(ByteBuf question) {
        ByteBuf answer = Unpooled.buffer(60);
        answer.writeBytes(question, 6, 6).writeBytes(PEER_MAC).writeShort(ARP).writeBytes(question, 14, 6).writeShort(2)
            .writeBytes(PEER_MAC).writeInt(PEER).writeBytes(question, 22, 10);
        return answer.writeZero(60 - answer.readableBytes());
    }

    /** A datagram from the peer, without a checksum of its own. */
    private static ByteBuf datagram(byte[] hostMac, String text) {
        byte[] header = new byte[20];
        ByteBuf ip = Unpooled.wrappedBuffer(header).setIndex(0, 0);
        ip.writeShort(0x4500).writeShort(28 + text.length()).writeInt(0).writeByte(64).writeByte(UDP).writeShort(0)
            .writeInt(PEER).writeInt(HOST);
        ip.setShort(10, ~ReferenceChecksum.sum(header));
        return Unpooled.buffer().writeBytes(hostMac).writeBytes(PEER_MAC).writeShort(IPV4).writeBytes(header)
            .writeShort(PEER_PORT).writeShort(HOST_PORT).writeShort(8 + text.length()).writeShort(0)
            .writeBytes(text.getBytes(StandardCharsets.US_ASCII));
    }

    /** Gives all that a channel receives to another, once there is one. */
    private static final class Forward extends ChannelInboundHandlerAdapter {
        private volatile Channel to;

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object msg) {
            if (to == null) {
                ReferenceCountUtil.release(msg);
            } else {
                to.write(msg, to.voidPromise());
            }
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            if (to != null) {
                to.flush();
            }
        }
    }

    private NetmapChannel openForwarding(Forward forward, String name) throws InterruptedException {
        return (NetmapChannel) new Bootstrap().group(group).channel(NetmapChannel.class).handler(forward)
            .bind(NetmapAddress.parse(name)).sync().channel();
    }

    /** The next frame of a type; others, of IPv6, are let go. */
    private static ByteBuf take(Sink sink, int type) throws InterruptedException {
        while (true) {
            ByteBuf frame = sink.take();
            if (frame.getUnsignedShort(12) == type) {
                return frame;
            }
            frame.release();
        }
    }

    private static void releaseAll(Sink sink) {
        for (ByteBuf left; (left = sink.frames.poll()) != null;) {
            left.release();
        }
    }

    @ParameterizedTest
    @MethodSource("io.ringtap.testsuite.TestLoops#available")
    void theHostSpeaksThroughTwoChannels(TestLoop loop) throws Exception {
        group = cards.newGroup(loop);
        Sink atPeer = new Sink();
        Forward fromCard = new Forward();
        Forward fromStack = new Forward();
        NetmapChannel card = openForwarding(fromCard, "netmap:" + cards.name(0, 0));
        NetmapChannel stack = openForwarding(fromStack, "netmap:" + cards.name(0, 0) + '^');
        NetmapChannel peer = open(group, atPeer, "netmap:" + cards.name(0, 1));
        fromCard.to = stack;
        fromStack.to = card;
        hostSends("datagram 0");
        ByteBuf question = take(atPeer, ARP);
        byte[] hostMac = new byte[6];
        question.getBytes(6, hostMac);
        peer.writeAndFlush(answer(question)).sync();
        question.release();
        for (int i = 0; i < 20; i++) {
            ByteBuf sent = take(atPeer, IPV4);
            assertThat(sent.toString(PAYLOAD, ("datagram " + i).length(), StandardCharsets.US_ASCII))
                .isEqualTo("datagram " + i);
            sent.release();
            peer.writeAndFlush(datagram(hostMac, "answer " + i)).sync();
            String[] received = new String[1];
            await("the host receives an answer", () -> (received[0] = hostReceived()) != null);
            assertThat(received[0]).isEqualTo("answer " + i);
            hostSends("datagram " + (i + 1));
        }
        take(atPeer, IPV4).release();
        // One region for the card and its host, so that no frame is copied.
        assertThat(card.swappedFrames()).isGreaterThanOrEqualTo(20);
        assertThat(stack.swappedFrames()).isGreaterThanOrEqualTo(20);
        card.close().sync();
        stack.close().sync();
        // The host has its interface back.
        hostSends("at last");
        ByteBuf last = take(atPeer, IPV4);
        assertThat(last.toString(PAYLOAD, "at last".length(), StandardCharsets.US_ASCII)).isEqualTo("at last");
        last.release();
        peer.close().sync();
        releaseAll(atPeer);
    }

    /** None of what is written may go up to the host, and what the host and the peer send comes. */
    @ParameterizedTest
    @MethodSource("io.ringtap.testsuite.TestLoops#available")
    void aPortOfBothWritesToTheCardAlone(TestLoop loop) throws Exception {
        group = cards.newGroup(loop);
        Sink atBoth = new Sink();
        Sink atPeer = new Sink();
        NetmapChannel both = open(group, atBoth, "netmap:" + cards.name(0, 0) + '*');
        NetmapChannel peer = open(group, atPeer, "netmap:" + cards.name(0, 1));
        for (int i = 0; i < 100; i++) {
            ByteBuf sent = frame(60 + i);
            sent.setByte(11, i);
            both.writeAndFlush(sent.retainedDuplicate()).sync();
            ByteBuf received = take(atPeer, 0x0800);
            assertThat(received).isEqualTo(sent);
            received.release();
            sent.release();
        }
        hostSends("datagram");
        take(atBoth, ARP).release();
        peer.writeAndFlush(frame(77)).sync();
        ByteBuf fromPeer = take(atBoth, 0x0800);
        assertThat(fromPeer).isEqualTo(frame(77));
        fromPeer.release();
        both.close().sync();
        peer.close().sync();
        releaseAll(atBoth);
        releaseAll(atPeer);
    }
}
