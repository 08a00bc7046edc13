/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.virtio;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.CompositeByteBuf;

/**
 * A frame whose first octets are new while the rest is shared with the frame it came from. A frame given to a handler
 * is never written to, so that one frame can be given to many.
 */
final class NewHead {
    /** Up to this length the rest is copied, as that is cheaper than to share it; most frames are not longer. */
    private static final int COPIED = 2048;

    private NewHead() {
    }

    /** Joins two buffers and takes over both; the first has to have been made for this frame. */
    static ByteBuf join(ByteBufAllocator alloc, ByteBuf head, ByteBuf rest) {
        int length = rest.readableBytes();
        if (length <= COPIED && head.writableBytes() >= length) {
            head.writeBytes(rest);
            rest.release();
            return head;
        }
        CompositeByteBuf frame;
        try {
            frame = alloc.compositeBuffer(2);
        } catch (Throwable cause) {
            head.release();
            rest.release();
            throw cause;
        }
        return frame.addComponent(true, head).addComponent(true, rest);
    }

    /** Room for {@code head} octets and for as much of a rest as {@link #join} would copy. */
    static ByteBuf allocate(ByteBufAllocator alloc, int head, int rest) {
        return alloc.directBuffer(rest <= COPIED ? head + rest : head);
    }

    /**
     * Room for a head that replaces the first octets of a frame, of which {@code rest} stay. If there is no memory, the
     * frame is released, since the exception leaves nobody else to do so.
     */
    static ByteBuf allocate(ByteBufAllocator alloc, int head, ByteBuf frame, int rest) {
        try {
            return allocate(alloc, head, rest);
        } catch (Throwable cause) {
            frame.release();
            throw cause;
        }
    }
}
