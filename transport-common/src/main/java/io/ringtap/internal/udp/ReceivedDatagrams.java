/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.udp;

import io.netty.buffer.ByteBuf;
import io.ringtap.internal.unix.MessageArray;
import io.ringtap.internal.unix.NativeMemory;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;

/**
 * What recvmmsg(2) fills for a UDP socket: several messages, of which each may be several datagrams of one sender that
 * the kernel has joined (UDP_GRO), all of the same length but for the last. On the event loop.
 */
public final class ReceivedDatagrams {
    /** The most messages of one call: as many as a read round has unless set. */
    public static final int MOST = 64;

    /** UDP_GRO and a traffic class, an int each at most. */
    private static final int CONTROL = 2 * 24;
    private static final int NAME = 32;

    private final MessageArray messages = new MessageArray(MOST);
    private final NativeMemory memory = NativeMemory.allocate(MOST * (MessageArray.IOVEC + NAME + CONTROL));
    private final ByteBuffer words = memory.buffer();
    private final int names = MOST * MessageArray.IOVEC;
    private final int controls = names + MOST * NAME;
    private final int[] segments = new int[MOST];
    private final int[] classes = new int[MOST];

    /** Makes room for messages. */
    public ReceivedDatagrams() {
        for (int i = 0; i < MOST; i++) {
            messages.setParts(i, memory.address() + i * MessageArray.IOVEC, 1);
        }
    }

    /**
     * Receives a message into each of several empty buffers, as far as there are messages. Their indices stay as they
     * are.
     *
     * @param offset how many bytes behind the writer index of its buffer each message begins
     * @return how many, or a negative error number
     */
    public int receive(int fd, ByteBuf[] into, int count, int offset) {
        for (int i = 0; i < count; i++) {
            ByteBuf buf = into[i];
            int room = buf.writableBytes() - offset;
            words.putLong(i * MessageArray.IOVEC, NativeMemory.addressOf(buf, buf.writerIndex() + offset, room));
            words.putLong(i * MessageArray.IOVEC + Long.BYTES, room);
            messages.setName(i, memory.address() + names + i * NAME, SocketName.LONGEST);
            messages.setControl(i, memory.address() + controls + i * CONTROL, CONTROL);
        }
        int received = messages.receive(fd, count, Udp.MSG_DONTWAIT);
        Reference.reachabilityFence(memory);
        for (int i = 0; i < received; i++) {
            readControl(i);
        }
        return received;
    }

    private void readControl(int message) {
        segments[message] = 0;
        classes[message] = 0;
        int at = controls + message * CONTROL;
        int end = at + messages.controlLength(message);
        while (at + Udp.CMSG_DATA <= end) {
            int length = (int) words.getLong(at + Udp.CMSG_LEN);
            if (length < Udp.CMSG_DATA || at + length > end) {
                return;
            }
            int level = words.getInt(at + Udp.CMSG_LEVEL);
            int type = words.getInt(at + Udp.CMSG_TYPE);
            if (level == Udp.SOL_UDP && type == Udp.UDP_GRO) {
                segments[message] = words.getInt(at + Udp.CMSG_DATA);
            } else if (level == Udp.IPPROTO_IP && type == Udp.IP_TOS) {
                classes[message] = words.get(at + Udp.CMSG_DATA) & 0xff;
            } else if (level == Udp.IPPROTO_IPV6 && type == Udp.IPV6_TCLASS) {
                classes[message] = words.getInt(at + Udp.CMSG_DATA) & 0xff;
            }
            at += Udp.aligned(length);
        }
    }

    /** Bytes of a message. */
    public int length(int message) {
        return messages.length(message);
    }

    /** Bytes of each datagram in a message but the last, or 0 if it is one. */
    public int segment(int message) {
        return segments[message];
    }

    /** The traffic class of a message, where the socket tells it. */
    public int trafficClass(int message) {
        return classes[message];
    }

    /** Whether a part of a message was lost, as it is longer than its buffer. */
    public boolean isTruncated(int message) {
        return messages.isTruncated(message);
    }

    /** The upper 64 bits of the address of the sender, see {@link SocketName}. */
    public long high(int message) {
        return SocketName.high(words, names + message * NAME);
    }

    /** The lower 64 bits of the address of the sender, see {@link SocketName}. */
    public long low(int message) {
        return SocketName.low(words, names + message * NAME);
    }

    /** Gives the memory back: nothing is received any more. */
    public void free() {
        messages.free();
        memory.free();
    }
}
