/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.unix;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;

/**
 * Several struct mmsghdr ({@code sys/socket.h} of Linux, 64 bytes on an LP64 system): what recvmmsg(2) fills and
 * sendmmsg(2) reads. The memory that a message points to is the caller's, who keeps it reachable until the call has
 * returned. On the event loop.
 */
public final class MessageArray {
    /** Bytes of a struct iovec, of which each message has one or more. */
    public static final int IOVEC = 16;

    private static final int MMSGHDR = 64;
    private static final int MSG_NAME = 0;
    private static final int MSG_NAMELEN = 8;
    private static final int MSG_IOV = 16;
    private static final int MSG_IOVLEN = 24;
    private static final int MSG_CONTROL = 32;
    private static final int MSG_CONTROLLEN = 40;
    private static final int MSG_FLAGS = 48;
    private static final int MSG_LEN = 56;
    private static final int MSG_TRUNC = 0x20;

    private final NativeMemory memory;
    private final ByteBuffer words;

    /** Room for so many messages, which have neither names, parts nor control data. */
    public MessageArray(int messages) {
        memory = NativeMemory.allocate(messages * MMSGHDR).clear();
        words = memory.buffer();
    }

    /** Sets where the address of the other end is, or is to be written, and how many bytes it has. */
    public void setName(int message, long address, int length) {
        words.putLong(message * MMSGHDR + MSG_NAME, address);
        words.putInt(message * MMSGHDR + MSG_NAMELEN, length);
    }

    /** Sets where the first of so many struct iovec is. */
    public void setParts(int message, long iovecs, int count) {
        words.putLong(message * MMSGHDR + MSG_IOV, iovecs);
        words.putLong(message * MMSGHDR + MSG_IOVLEN, count);
    }

    /** Sets where control data is, or is to be written, and how many bytes there are; 0 for none. */
    public void setControl(int message, long address, int length) {
        words.putLong(message * MMSGHDR + MSG_CONTROL, address);
        words.putLong(message * MMSGHDR + MSG_CONTROLLEN, length);
    }

    /** The bytes of a received message. */
    public int length(int message) {
        return words.getInt(message * MMSGHDR + MSG_LEN);
    }

    /** The bytes of control data of a received message. */
    public int controlLength(int message) {
        return (int) words.getLong(message * MMSGHDR + MSG_CONTROLLEN);
    }

    /** Whether a part of a received message was lost, as it is longer than its parts. */
    public boolean isTruncated(int message) {
        return (words.getInt(message * MMSGHDR + MSG_FLAGS) & MSG_TRUNC) != 0;
    }

    /**
     * Receives into the first messages, as many as there are, and again if a signal interrupts it.
     *
     * @return how many were received, or a negative error number
     */
    public int receive(int fd, int count, int flags) {
        int received;
        do {
            received = SystemCalls.recvmmsg(fd, memory.address(), count, flags);
        } while (Errno.EINTR.is(received));
        Reference.reachabilityFence(memory);
        return received;
    }

    /**
     * Sends messages, as many as there is room for, and again if a signal interrupts it.
     *
     * @param first the first one to send
     * @return how many were sent, or a negative error number if none was
     */
    public int send(int fd, int first, int count) {
        int sent;
        do {
            sent = SystemCalls.sendmmsg(fd, memory.address() + (long) first * MMSGHDR, count, 0);
        } while (Errno.EINTR.is(sent));
        Reference.reachabilityFence(memory);
        return sent;
    }

    /** Gives the memory back: nothing is sent or received any more. */
    public void free() {
        memory.free();
    }
}
