/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.udp;

import io.ringtap.internal.unix.Errno;
import io.ringtap.internal.unix.NativeMemory;
import io.ringtap.internal.unix.SystemCalls;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;

/**
 * Reads the error queues of sockets (IP_RECVERR, see ip(7)): what routers and receivers have reported of datagrams that
 * were sent, struct sock_extended_err of {@code linux/errqueue.h}. On the event loop.
 */
public final class SocketErrors {
    /** So that other descriptors are served, too. */
    private static final int MOST_AT_ONCE = 64;
    private static final int MSGHDR = 56;
    private static final int IOV = MSGHDR;
    private static final int NAME = IOV + 16;
    private static final int CONTROL = NAME + 32;
    private static final int CONTROL_ROOM = 128;
    private static final int PAYLOAD = CONTROL + CONTROL_ROOM;
    private static final int PAYLOAD_ROOM = 64;
    private static final int MSG_NAMELEN = 8;
    private static final int MSG_IOV = 16;
    private static final int MSG_IOVLEN = 24;
    private static final int MSG_CONTROL = 32;
    private static final int MSG_CONTROLLEN = 40;
    private static final int EE_ERRNO = 0;
    private static final int EE_INFO = 8;

    private final NativeMemory memory = NativeMemory.allocate(PAYLOAD + PAYLOAD_ROOM);
    private boolean freed;

    /** Hears of errors. */
    @FunctionalInterface
    public interface Listener {
        /**
         * A datagram did not arrive.
         *
         * @param high the address that it was sent to, see {@link SocketName}
         * @param low the other half
         * @param error a negative error number; of EMSGSIZE the datagram is longer than the way to the receiver takes
         * @param info of EMSGSIZE, the MTU of that way, 0 if the router did not tell
         */
        void undelivered(long high, long low, int error, int info);
    }

    /** With memory for one message. */
    public SocketErrors() {
    }

    /**
     * Reads the queue of a socket, but not more than {@value #MOST_AT_ONCE} errors.
     *
     * @return how many there were
     */
    public int read(int fd, Listener listener) {
        ByteBuffer words = memory.buffer();
        for (int errors = 0; errors < MOST_AT_ONCE; errors++) {
            if (freed) {
                return errors;
            }
            long got;
            do {
                memory.clear();
                words.putLong(0, memory.address() + NAME).putInt(MSG_NAMELEN, SocketName.LONGEST)
                    .putLong(MSG_IOV, memory.address() + IOV).putLong(MSG_IOVLEN, 1)
                    .putLong(MSG_CONTROL, memory.address() + CONTROL).putLong(MSG_CONTROLLEN, CONTROL_ROOM)
                    .putLong(IOV, memory.address() + PAYLOAD).putLong(IOV + Long.BYTES, PAYLOAD_ROOM);
                got = SystemCalls.recvmsg(fd, memory.address(), Udp.MSG_ERRQUEUE | Udp.MSG_DONTWAIT);
            } while (Errno.EINTR.is(got));
            Reference.reachabilityFence(memory);
            if (got < 0) {
                return errors;
            }
            tell(words, (int) words.getLong(MSG_CONTROLLEN), listener);
        }
        return MOST_AT_ONCE;
    }

    private static void tell(ByteBuffer words, int length, Listener listener) {
        int end = CONTROL + Math.min(length, CONTROL_ROOM);
        for (int at = CONTROL; at + Udp.CMSG_DATA + EE_INFO + Integer.BYTES <= end;) {
            int bytes = (int) words.getLong(at + Udp.CMSG_LEN);
            int level = words.getInt(at + Udp.CMSG_LEVEL);
            int type = words.getInt(at + Udp.CMSG_TYPE);
            if (level == Udp.IPPROTO_IP && type == Udp.IP_RECVERR
                || level == Udp.IPPROTO_IPV6 && type == Udp.IPV6_RECVERR) {
                listener.undelivered(SocketName.high(words, NAME), SocketName.low(words, NAME),
                    -words.getInt(at + Udp.CMSG_DATA + EE_ERRNO), words.getInt(at + Udp.CMSG_DATA + EE_INFO));
                return;
            }
            if (bytes < Udp.CMSG_DATA) {
                return;
            }
            at += Udp.aligned(bytes);
        }
    }

    /** Gives the memory back. */
    public void free() {
        freed = true;
        memory.free();
    }
}
