/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.unix;

import io.netty.buffer.ByteBuf;

import java.lang.ref.Reference;

/**
 * What sendmmsg(2) reads: several frames, each a message with parts of its own. On the event loop.
 */
public final class SentMessages {
    /** The most frames of one call. */
    public static final int MOST = 64;

    private final MessageArray messages = new MessageArray(MOST);
    private final IovecArray parts;

    /**
     * Makes room for messages.
     *
     * @param parts the parts of the frames, with what stands in front of each
     */
    public SentMessages(IovecArray parts) {
        this.parts = parts;
    }

    /**
     * Sends frames from the front, as many as there is room for.
     *
     * @return how many were sent, or a negative error number if none was
     */
    public int send(int fd, ByteBuf[] frames, int count) {
        parts.clear();
        int given = 0;
        while (given < count) {
            int first = parts.count();
            if (!parts.append(frames[given])) {
                break;
            }
            messages.setParts(given, parts.address() + (long) first * MessageArray.IOVEC, parts.count() - first);
            given++;
        }
        int sent = messages.send(fd, 0, given);
        Reference.reachabilityFence(parts);
        return sent;
    }

    /** Gives the memory back, but for that of the parts: nothing is sent any more. */
    public void free() {
        messages.free();
    }
}
