/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.vpn;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.unix.Errors;
import io.netty.channel.unix.SegmentedDatagramPacket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

class DatagramTrainTest {
    private static final InetSocketAddress PEER = new InetSocketAddress("127.0.0.1", 4000);

    private final EmbeddedChannel socket = new EmbeddedChannel();
    private final AtomicInteger unsent = new AtomicInteger();
    private DatagramTrain train = new DatagramTrain(socket, PEER, true, unsent::addAndGet);
    private final List<byte[]> added = new ArrayList<>();

    @AfterEach
    void release() {
        socket.finishAndReleaseAll();
        train.close();
    }

    private void add(int... lengths) {
        for (int length : lengths) {
            byte[] packet = new byte[length];
            Arrays.fill(packet, (byte) added.size());
            added.add(packet);
            train.add(Unpooled.wrappedBuffer(packet));
        }
    }

    /** Checks the order and the content of the packets, and returns how many packets each datagram had. */
    private List<Integer> sent() {
        List<Integer> rows = new ArrayList<>();
        for (DatagramPacket datagram = socket.readOutbound(); datagram != null; datagram = socket.readOutbound()) {
            assertThat(datagram.recipient()).isEqualTo(PEER);
            ByteBuf content = datagram.content();
            int size = datagram instanceof SegmentedDatagramPacket segmented ? segmented.segmentSize()
                : content.readableBytes();
            int packets = 0;
            while (content.isReadable()) {
                byte[] packet = new byte[Math.min(size, content.readableBytes())];
                content.readBytes(packet);
                assertThat(packet).isEqualTo(added.remove(0));
                packets++;
            }
            assertThat(packets > 1).isEqualTo(datagram instanceof SegmentedDatagramPacket);
            rows.add(packets);
            datagram.release();
        }
        return rows;
    }

    @Test
    void aRowEndsWithAShorterPacketOrBeforeALongerOne() {
        add(1000, 1000, 400, 40, 60, 60, 60, 1000, 1000);
        train.flush();
        assertThat(sent()).containsExactly(3, 1, 3, 2);
        assertThat(added).isEmpty();
    }

    @Test
    void aRowIsNoLongerThanTheKernelOrTheBufferTakes() {
        for (int i = 0; i < 130; i++) {
            add(60);
        }
        for (int i = 0; i < 100; i++) {
            add(1400);
        }
        train.flush();
        assertThat(sent()).containsExactly(64, 64, 2, 46, 42, 12);
        assertThat(added).isEmpty();
    }

    @Test
    void nothingIsSentBeforeTheFlush() {
        add(60, 60);
        assertThat(socket.outboundMessages()).isEmpty();
        train.flush();
        assertThat(sent()).containsExactly(2);
        train.flush();
        assertThat(sent()).isEmpty();
    }

    @Test
    void whatIsStillToBeSentIsNotWrittenOver() {
        add(1400, 1400);
        train.flush();
        DatagramPacket held = socket.readOutbound();
        byte[] content = ByteBufUtil.getBytes(held.content());
        for (int i = 0; i < 300; i++) {
            added.clear();
            add(1400);
            train.flush();
            assertThat(sent()).containsExactly(1);
        }
        assertThat(ByteBufUtil.getBytes(held.content())).isEqualTo(content);
        held.release();
    }

    @Test
    void aSocketThatCutsNothingUpGetsEachPacketAlone() {
        train = new DatagramTrain(socket, PEER, false, unsent::addAndGet);
        add(60, 60, 60);
        train.flush();
        assertThat(sent()).containsExactly(1, 1, 1);
    }

    @Test
    void aPathThatTakesNoSegmentsGetsNoneFromThenOn() {
        assumeTrue(Epoll.isAvailable(), "the exception is of Netty's native code");
        socket.pipeline().addLast(new ChannelOutboundHandlerAdapter() {
            @Override
            public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
                if (message instanceof SegmentedDatagramPacket segmented) {
                    segmented.release();
                    promise.setFailure(new Errors.NativeIoException("sendmmsg", -22, false));
                } else {
                    ctx.write(message, promise);
                }
            }
        });
        add(60, 60);
        train.flush();
        assertThat(unsent).hasValue(2);
        assertThat(sent()).isEmpty();
        added.clear();
        add(60, 60);
        train.flush();
        assertThat(sent()).containsExactly(1, 1);
        assertThat(unsent).hasValue(2);
    }
}
