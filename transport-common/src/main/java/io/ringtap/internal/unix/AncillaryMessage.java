/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.unix;

import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;

/**
 * A struct msghdr of one iovec, with room for descriptors in its control data, on an LP64 system: what recvmsg(2) and
 * sendmsg(2) take. Not thread safe.
 *
 * <pre>
 *   msghdr    0 name  8 namelen  16 iov  24 iovlen  32 control  40 controllen  48 flags
 *   iovec    56 base 64 len
 *   control  72 len  80 level  84 type  88 descriptors, 4 bytes each
 * </pre>
 *
 * Source: {@code bits/socket.h} of the GNU C library, and cmsg(3), for Linux.
 */
public final class AncillaryMessage {
    /** More than any message may have, so that a few too many are counted; the kernel closes what is beyond. */
    public static final int MOST = 16;

    private static final int IOV = 16;
    private static final int IOVLEN = 24;
    private static final int CONTROL_POINTER = 32;
    private static final int CONTROLLEN = 40;
    private static final int FLAGS = 48;
    private static final int IOVEC = 56;
    private static final int CONTROL = 72;
    private static final int CMSG_LEVEL = 8;
    private static final int CMSG_TYPE = 12;
    private static final int CMSG_DATA = 16;
    private static final int SIZE = CONTROL + CMSG_DATA + MOST * Integer.BYTES;

    private static final int SOL_SOCKET = 1;
    private static final int SCM_RIGHTS = 1;
    private static final int MSG_CTRUNC = 0x8;
    private static final int MSG_DONTWAIT = 0x40;
    private static final int MSG_NOSIGNAL = 0x4000;
    private static final int MSG_CMSG_CLOEXEC = 0x4000_0000;

    private final NativeMemory memory = NativeMemory.allocate(SIZE);
    private final ByteBuffer words = memory.buffer();

    /** Empty, to be used again and again. */
    public AncillaryMessage() {
        words.putLong(IOV, memory.address() + IOVEC);
        words.putLong(IOVLEN, 1);
    }

    /**
     * recvmsg(2) without waiting.
     *
     * @param into native memory, from {@code offset} on
     * @param received gets the descriptors that came along, each closed when another program is executed
     * @return the bytes received, 0 at the end of the stream, or a negative error number
     * @throws IOException if descriptors were lost
     */
    public long receive(int fd, NativeMemory into, int offset, int length, Descriptors received) throws IOException {
        prepare(into, offset, length, SIZE - CONTROL);
        long n = SystemCalls.recvmsg(fd, memory.address(), MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
        Reference.reachabilityFence(this);
        Reference.reachabilityFence(into);
        if (n < 0) {
            return n;
        }
        takeDescriptors(received);
        if ((words.getInt(FLAGS) & MSG_CTRUNC) != 0) {
            throw new IOException("descriptors were lost that came with a message: they were more than " + MOST
                + ", or this process may open no more");
        }
        return n;
    }

    private void prepare(NativeMemory with, int offset, int length, int control) {
        words.putLong(IOVEC, with.address() + offset);
        words.putLong(IOVEC + Long.BYTES, length);
        words.putLong(CONTROL_POINTER, control == 0 ? 0 : memory.address() + CONTROL);
        words.putLong(CONTROLLEN, control);
        words.putInt(FLAGS, 0);
    }

    private void takeDescriptors(Descriptors received) {
        int end = CONTROL + (int) Math.min(words.getLong(CONTROLLEN), SIZE - CONTROL);
        int at = CONTROL;
        while (at + CMSG_DATA <= end) {
            long length = words.getLong(at);
            if (length < CMSG_DATA || length > end - at) {
                return;
            }
            if (words.getInt(at + CMSG_LEVEL) == SOL_SOCKET && words.getInt(at + CMSG_TYPE) == SCM_RIGHTS) {
                for (int data = CMSG_DATA; data + Integer.BYTES <= length; data += Integer.BYTES) {
                    received.add(words.getInt(at + data));
                }
            }
            // CMSG_ALIGN: the next one begins at a multiple of 8.
            at += (int) (length + Long.BYTES - 1) & -Long.BYTES;
        }
    }

    /**
     * sendmsg(2) without waiting. If a part is sent, the descriptors have gone with it.
     *
     * @param descriptors to go along, at most {@value #MOST}, which stay open here; none if it is empty
     * @return the bytes sent, or a negative error number
     */
    public long send(int fd, NativeMemory from, int offset, int length, int... descriptors) {
        int data = CMSG_DATA + descriptors.length * Integer.BYTES;
        prepare(from, offset, length, descriptors.length == 0 ? 0 : (data + Long.BYTES - 1) & -Long.BYTES);
        words.putLong(CONTROL, data);
        words.putInt(CONTROL + CMSG_LEVEL, SOL_SOCKET);
        words.putInt(CONTROL + CMSG_TYPE, SCM_RIGHTS);
        for (int i = 0; i < descriptors.length; i++) {
            words.putInt(CONTROL + CMSG_DATA + i * Integer.BYTES, descriptors[i]);
        }
        long n = SystemCalls.sendmsg(fd, memory.address(), MSG_DONTWAIT | MSG_NOSIGNAL);
        Reference.reachabilityFence(this);
        Reference.reachabilityFence(from);
        return n;
    }

    /** Gives the memory back: nothing is sent or received any more. */
    public void free() {
        memory.free();
    }
}
