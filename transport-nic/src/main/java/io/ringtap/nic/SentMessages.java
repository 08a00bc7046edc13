/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.nic;

import io.netty.buffer.ByteBuf;
import io.ringtap.internal.unix.Errno;
import io.ringtap.internal.unix.IovecArray;
import io.ringtap.internal.unix.NativeMemory;
import io.ringtap.internal.unix.SystemCalls;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;

/**
 * What sendmmsg(2) reads: struct mmsghdr of several frames, each with parts of its own, on an LP64 system. On the event
 * loop.
 */
final class SentMessages {
    static final int MOST = 64;

    private static final int MMSGHDR = 64;
    private static final int MSG_IOV = 16;
    private static final int MSG_IOVLEN = 24;
    private static final int IOVEC = 16;

    private final NativeMemory memory = NativeMemory.allocate(MOST * MMSGHDR);
    private final IovecArray parts;

    /**
     * Makes room for messages.
     *
     * @param parts the parts of the frames, with what stands in front of each
     */
    SentMessages(IovecArray parts) {
        this.parts = parts;
    }

    /**
     * Sends frames from the front, as many as there is room for.
     *
     * @return how many were sent, or a negative error number if none was
     */
    int send(int fd, ByteBuf[] frames, int count) {
        ByteBuffer words = memory.buffer();
        parts.clear();
        int given = 0;
        while (given < count) {
            int first = parts.count();
            if (!parts.append(frames[given])) {
                break;
            }
            words.putLong(given * MMSGHDR + MSG_IOV, parts.address() + (long) first * IOVEC);
            words.putLong(given * MMSGHDR + MSG_IOVLEN, parts.count() - first);
            given++;
        }
        int sent;
        do {
            sent = SystemCalls.sendmmsg(fd, memory.address(), given, 0);
        } while (Errno.EINTR.is(sent));
        Reference.reachabilityFence(parts);
        return sent;
    }

    /** Gives the memory back, but for that of the parts: nothing is sent any more. */
    void free() {
        memory.free();
    }
}
