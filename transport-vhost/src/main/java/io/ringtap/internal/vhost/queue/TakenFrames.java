/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vhost.queue;

import io.netty.buffer.ByteBuf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The frames that were taken out of a queue: where their parts lie, and which of them are lent. */
abstract sealed class TakenFrames implements FrameInput permits DeviceFrameInput, DriverFrameInput {
    final NetHeader header;
    final ChainParts parts;
    private final int mask;
    private final int[] beginnings;
    private final int[] ends;
    private final int[] lengths;
    private final boolean[] lent;
    private final boolean[] kept;
    /** The first bytes of frames, as they were read first. */
    private final ByteBuffer heads;
    private final ByteBuffer movableHeads;
    /** The window that was read from last, and what it was made of. */
    private ByteBuffer movableWindow;
    private ByteBuffer movableOf;
    private long oldest;
    private long next;
    private int lentCount;

    TakenFrames(NetHeader header, int queueSize) {
        this.header = header;
        int capacity = Math.max(2, Integer.highestOneBit(Math.min(queueSize, MOST_LENT)));
        mask = capacity - 1;
        parts = new ChainParts(Math.max(4 * capacity, 2 * VirtqueueDevice.MAX_PARTS));
        beginnings = new int[capacity];
        ends = new int[capacity];
        lengths = new int[capacity];
        lent = new boolean[capacity];
        kept = new boolean[capacity];
        heads = littleEndian(capacity * HEAD);
        movableHeads = heads.duplicate();
    }

    /** Whether one more frame can be remembered. */
    final boolean hasRoom() {
        return next - oldest <= mask && parts.hasRoomForChain();
    }

    /** Where things about a frame lie in arrays. */
    final int slot(long frame) {
        return (int) frame & mask;
    }

    final int capacity() {
        return mask + 1;
    }

    /**
     * Adds a frame, whose parts are those from a number on.
     *
     * @param bytes of all parts, the header of the ring included
     */
    final void add(int begin, int bytes) {
        int slot = slot(next++);
        beginnings[slot] = begin;
        ends[slot] = parts.next();
        lengths[slot] = bytes - header.ring() + header.channel();
        lent[slot] = true;
        kept[slot] = false;
        lentCount++;
    }

    /** Bytes of the parts from a number on. */
    final long bytesFrom(int begin) {
        long bytes = 0;
        for (int part = begin; part != parts.next(); part++) {
            bytes += parts.length(part);
        }
        return bytes;
    }

    /** Whether so many bytes, the header of the ring included, can be a frame. */
    final boolean isFrame(long bytes) {
        return bytes >= header.ring() + NetHeader.ETHERNET && bytes <= header.ring() + NetHeader.LONGEST;
    }

    final int firstPart(long frame) {
        return beginnings[slot(frame)];
    }

    final int endPart(long frame) {
        return ends[slot(frame)];
    }

    /** Forgets a frame, after what was below it has been given back or not. */
    final void forget(long frame) {
        lent[slot(frame)] = false;
        lentCount--;
        if (frame == oldest) {
            do {
                oldest++;
            } while (oldest != next && !lent[slot(oldest)]);
            // Behind the last frame there may be parts of one that has not come completely.
            parts.dropBefore(oldest == next ? ends[slot(next - 1)] : beginnings[slot(oldest)]);
        }
    }

    @Override
    public final long next() {
        return next;
    }

    @Override
    public final int lent() {
        return lentCount;
    }

    @Override
    public final boolean isLent(long frame) {
        return frame >= oldest && frame < next && lent[slot(frame)];
    }

    @Override
    public final int length(long frame) {
        return lengths[slot(frame)];
    }

    @Override
    public final long getLong(long frame, int offset) {
        int slot = slot(frame);
        if (!kept[slot]) {
            copyNow(slot, 0, Math.min(HEAD, lengths[slot]), heads, slot * HEAD);
            kept[slot] = true;
        }
        if (offset <= HEAD - Long.BYTES) {
            return Long.reverseBytes(heads.getLong(slot * HEAD + offset));
        }
        long value = 0;
        for (int at = offset; at < offset + Long.BYTES; at++) {
            value = value << 8 | byteAt(slot, at) & 0xff;
        }
        return value;
    }

    private byte byteAt(int slot, int offset) {
        if (offset < HEAD) {
            return heads.get(slot * HEAD + offset);
        }
        int left = offset - header.channel() + header.ring();
        int part = beginnings[slot];
        while (left >= parts.length(part)) {
            left -= parts.length(part++);
        }
        return parts.window(part).get(parts.offset(part) + left);
    }

    @Override
    public final void copy(long frame, int offset, int length, ByteBuffer to, int at) {
        int slot = slot(frame);
        int done = 0;
        if (kept[slot] && offset < HEAD) {
            done = Math.min(length, HEAD - offset);
            ShortCopy.copy(heads, slot * HEAD + offset, to, at, done);
        }
        if (done < length) {
            copyNow(slot, offset + done, length - done, to, at + done);
        }
    }

    /** Copies what there is at this moment. */
    private void copyNow(int slot, int offset, int length, ByteBuffer to, int at) {
        if (header.channel() == header.ring() && endsLater(slot, header.ring())) {
            // What is mostly so: all of it lies in a row, but for num_buffers.
            copyChain(slot, offset, length, to, at);
            int end = Math.min(offset + length, header.channel());
            for (int i = Math.max(offset, NetHeader.NUM_BUFFERS); i < end; i++) {
                to.put(at - offset + i, headerByte(slot, i));
            }
            return;
        }
        int done = 0;
        // The header is short, and asked for from its beginning or not at all.
        while (offset + done < header.channel() && done < length) {
            to.put(at + done, headerByte(slot, offset + done));
            done++;
        }
        if (done < length) {
            copyChain(slot, offset + done - header.channel() + header.ring(), length - done, to, at + done);
        }
    }

    /** Whether the first part of a frame has so many bytes. */
    private boolean endsLater(int slot, int bytes) {
        return parts.length(beginnings[slot]) >= bytes;
    }

    private byte headerByte(int slot, int offset) {
        if (offset >= NetHeader.COMMON) {
            // num_buffers: the frame is one message.
            return (byte) (offset == NetHeader.NUM_BUFFERS ? 1 : 0);
        }
        int left = offset;
        int part = beginnings[slot];
        while (left >= parts.length(part)) {
            left -= parts.length(part++);
        }
        return parts.window(part).get(parts.offset(part) + left);
    }

    private void copyChain(int slot, int offset, int length, ByteBuffer to, int at) {
        int part = beginnings[slot];
        int skip = offset;
        int done = 0;
        while (done < length) {
            int there = parts.length(part) - skip;
            if (there > 0) {
                int count = Math.min(there, length - done);
                ShortCopy.copy(parts.window(part), parts.offset(part) + skip, to, at + done, count);
                done += count;
                skip = 0;
            } else {
                skip = -there;
            }
            part++;
        }
    }

    @Override
    public final void read(long frame, ByteBuf into) {
        int slot = slot(frame);
        int offset = 0;
        if (kept[slot]) {
            offset = Math.min(HEAD, lengths[slot]);
            into.writeBytes(movable(heads).limit(slot * HEAD + offset).position(slot * HEAD));
        }
        while (offset < header.channel()) {
            into.writeByte(headerByte(slot, offset++));
        }
        int skip = offset - header.channel() + header.ring();
        for (int part = beginnings[slot]; part != ends[slot]; part++) {
            int length = parts.length(part);
            if (skip < length) {
                int from = parts.offset(part);
                into.writeBytes(movable(parts.window(part)).limit(from + length).position(from + skip));
            }
            skip = Math.max(0, skip - length);
        }
    }

    /** The same memory with a position and a limit of its own: other threads may copy out of it meanwhile. */
    private ByteBuffer movable(ByteBuffer of) {
        if (of == heads) {
            return movableHeads.clear();
        }
        if (movableOf != of) {
            movableWindow = of.duplicate();
            movableOf = of;
        }
        return movableWindow.clear();
    }

    static ByteBuffer littleEndian(int bytes) {
        return ByteBuffer.allocateDirect(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
