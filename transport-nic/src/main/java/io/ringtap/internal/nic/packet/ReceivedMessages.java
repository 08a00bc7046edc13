/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.nic.packet;

import io.netty.buffer.ByteBuf;
import io.ringtap.internal.nic.link.AfPacket;
import io.ringtap.internal.unix.MessageArray;
import io.ringtap.internal.unix.NativeMemory;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;

/**
 * What recvmmsg(2) fills: iovec, sockaddr_ll and control data of several frames, on an LP64 system. A frame
 * is received {@value #TAG} bytes behind the beginning of its buffer, where a VLAN tag that the kernel has taken out of
 * it is put back. On the event loop.
 */
public final class ReceivedMessages {
    /** As many as a read round has unless set. */
    static final int MOST = 64;
    /** Bytes of a VLAN tag. */
    static final int TAG = 4;

    private static final int ETH_P_8021Q = 0x8100;
    /** The two addresses in front of a tag. */
    private static final int ADDRESSES = 12;

    private static final int NAME = 24;
    private static final int CONTROL = 40;
    private static final int CMSG_LEN = 0;
    private static final int CMSG_LEVEL = 8;
    private static final int CMSG_TYPE = 12;
    private static final int CMSG_DATA = 16;

    private final MessageArray messages = new MessageArray(MOST);
    private final NativeMemory memory = NativeMemory.allocate(MOST * (MessageArray.IOVEC + NAME + CONTROL));
    private final ByteBuffer words = memory.buffer();
    private final int names = MOST * MessageArray.IOVEC;
    private final int controls = names + MOST * NAME;

    ReceivedMessages() {
        for (int i = 0; i < MOST; i++) {
            messages.setParts(i, memory.address() + i * MessageArray.IOVEC, 1);
        }
    }

    /**
     * Receives a frame into each of several empty buffers, as far as there are frames.
     *
     * @return how many, or a negative error number
     */
    int receive(int fd, ByteBuf[] into, int count) {
        for (int i = 0; i < count; i++) {
            ByteBuf buf = into[i];
            int room = buf.writableBytes() - TAG;
            words.putLong(i * MessageArray.IOVEC, NativeMemory.addressOf(buf, buf.writerIndex() + TAG, room));
            words.putLong(i * MessageArray.IOVEC + 8, room);
            messages.setName(i, memory.address() + names + i * NAME, AfPacket.SOCKADDR_LL);
            messages.setControl(i, memory.address() + controls + i * CONTROL, CONTROL);
        }
        int received = messages.receive(fd, count, 0);
        Reference.reachabilityFence(memory);
        return received;
    }

    /** Whether a message is a frame that was sent through the interface, and not received by it. */
    boolean isOutgoing(int message) {
        return words.get(names + message * NAME + AfPacket.SLL_PKTTYPE) == AfPacket.PACKET_OUTGOING;
    }

    /** Whether a part of a message was lost, as it is longer than its buffer. */
    boolean isTruncated(int message) {
        return messages.isTruncated(message);
    }

    /** The bytes of a message, with its vnet header and without a tag that the kernel has taken out. */
    int length(int message) {
        return messages.length(message);
    }

    /**
     * Makes the bytes of a message readable, and puts back a VLAN tag that the kernel has taken out of the frame.
     *
     * @param into the buffer of the message
     * @param header bytes of vnet header in front of the frame
     * @return how many bytes were put in: 0, or {@link #TAG}
     */
    int complete(int message, ByteBuf into, int header) {
        int start = into.writerIndex();
        int length = length(message);
        int aux = controls + message * CONTROL + CMSG_DATA;
        if (!hasTag(message, aux) || length < header + ADDRESSES) {
            into.setIndex(start + TAG, start + TAG + length);
            return 0;
        }
        // Forward by the length of the tag, from the front on.
        for (int at = start; at < start + header + ADDRESSES; at++) {
            into.setByte(at, into.getByte(at + TAG));
        }
        int protocol = (words.getInt(aux + AfPacket.TP_STATUS) & AfPacket.TP_STATUS_VLAN_TPID_VALID) == 0 ? ETH_P_8021Q
            : words.getShort(aux + AfPacket.TP_VLAN_TPID);
        into.setShort(start + header + ADDRESSES, protocol);
        into.setShort(start + header + ADDRESSES + 2, words.getShort(aux + AfPacket.TP_VLAN_TCI));
        into.setIndex(start, start + TAG + length);
        return TAG;
    }

    private boolean hasTag(int message, int aux) {
        return messages.controlLength(message) >= CMSG_DATA + AfPacket.AUXDATA
            && words.getInt(aux - CMSG_DATA + CMSG_LEVEL) == AfPacket.SOL_PACKET
            && words.getInt(aux - CMSG_DATA + CMSG_TYPE) == AfPacket.PACKET_AUXDATA
            && words.getLong(aux - CMSG_DATA + CMSG_LEN) >= CMSG_DATA + AfPacket.AUXDATA
            && (words.getInt(aux + AfPacket.TP_STATUS) & AfPacket.TP_STATUS_VLAN_VALID) != 0;
    }

    /** Gives the memory back: nothing is received any more. */
    void free() {
        messages.free();
        memory.free();
    }
}
