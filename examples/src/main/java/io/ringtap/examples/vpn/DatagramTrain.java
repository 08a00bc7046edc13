/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.vpn;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.unix.Errors.NativeIoException;
import io.netty.channel.unix.SegmentedDatagramPacket;

import java.net.InetSocketAddress;
import java.util.function.IntConsumer;

/**
 * Sends packets to one peer, a datagram each. A row of equal length, of which the last may be shorter, is handed over
 * in one piece and cut up at the far end of the network stack (UDP_SEGMENT in {@code linux/udp.h}), so that it costs
 * little more than one datagram. Packets are copied into a buffer that stays in the CPU's cache. On the socket's event
 * loop.
 */
final class DatagramTrain implements AutoCloseable {
    /** UDP_MAX_SEGMENTS of {@code linux/udp.h}; newer kernels take 128. */
    private static final int MAX_PACKETS = 64;
    /** The longest UDP payload over IPv4. */
    private static final int MAX_LENGTH = 65535 - 20 - 8;
    private static final int CAPACITY = 2 * 65536;
    /** EIO, EINVAL and EMSGSIZE: what Linux says if the way to the peer does not take segments of that length. */
    private static final int[] NOT_SEGMENTED = {-5, -22, -90};

    private final Channel socket;
    private final InetSocketAddress peer;
    private final IntConsumer unsent;
    private boolean segmented;
    /** Sent parts of it are still referred to by the socket. */
    private ByteBuf buffer;
    private int begin;
    private int length;
    private int packets;

    /**
     * Empty.
     *
     * @param segmented whether the socket takes a {@link SegmentedDatagramPacket}
     * @param unsent told how many packets of a row were lost, as the socket refused it
     */
    DatagramTrain(Channel socket, InetSocketAddress peer, boolean segmented, IntConsumer unsent) {
        this.socket = socket;
        this.peer = peer;
        this.segmented = segmented;
        this.unsent = unsent;
    }

    /** Takes over a packet; it is sent with the next {@link #flush} at the latest. */
    void add(ByteBuf packet) {
        int octets = packet.readableBytes();
        if (!segmented || octets > MAX_LENGTH) {
            write();
            socket.write(new DatagramPacket(packet, peer), socket.voidPromise());
            return;
        }
        try {
            if (packets > 0 && (octets > length || packets == MAX_PACKETS
                || buffer.writerIndex() - begin + octets > MAX_LENGTH)) {
                write();
            }
            if (buffer == null || buffer.writableBytes() < octets) {
                // Only now, as what is sent is given back then, and the buffer begins anew.
                flush();
                begin();
            }
            length = packets == 0 ? octets : length;
            buffer.writeBytes(packet);
            packets++;
        } finally {
            packet.release();
        }
        if (octets < length) {
            write();
        }
    }

    private void begin() {
        if (buffer == null || buffer.refCnt() > 1) {
            release();
            buffer = socket.alloc().directBuffer(CAPACITY, CAPACITY);
        }
        buffer.clear();
        begin = 0;
    }

    private void write() {
        if (packets == 0) {
            return;
        }
        ByteBuf content = buffer.retainedSlice(begin, buffer.writerIndex() - begin);
        if (packets == 1) {
            socket.write(new DatagramPacket(content, peer), socket.voidPromise());
        } else {
            int row = packets;
            socket.write(new SegmentedDatagramPacket(content, length, peer))
                .addListener((ChannelFuture written) -> sent(written, row));
        }
        begin = buffer.writerIndex();
        packets = 0;
    }

    /** Sends what was added. */
    void flush() {
        write();
        socket.flush();
        if (buffer != null && buffer.refCnt() == 1) {
            buffer.clear();
            begin = 0;
        }
    }

    private void sent(ChannelFuture written, int row) {
        if (written.isSuccess()) {
            return;
        }
        if (written.cause() instanceof NativeIoException e) {
            for (int error : NOT_SEGMENTED) {
                // What was in it is lost, as may happen in any network; what follows goes out in single datagrams.
                segmented &= e.expectedErr() != error;
            }
        }
        unsent.accept(row);
    }

    private void release() {
        if (buffer != null) {
            buffer.release();
            buffer = null;
        }
    }

    /** Forgets what was not flushed. */
    @Override
    public void close() {
        packets = 0;
        release();
    }
}
