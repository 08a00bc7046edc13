/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vhost.queue;

import io.netty.buffer.ByteBuf;

import java.nio.ByteBuffer;

/** Copies frames into parts of memory, behind the vnet header of the ring. */
abstract sealed class WrittenFrame implements FrameOutput permits DeviceFrameOutput, DriverFrameOutput {
    final NetHeader header;
    final ChainParts parts;
    /** The window that was written to last, and what it was made of. */
    private ByteBuffer movableWindow;
    private ByteBuffer movableOf;
    private final ByteBuffer ringHeader = TakenFrames.littleEndian(12);

    WrittenFrame(NetHeader header, ChainParts parts) {
        this.header = header;
        this.parts = parts;
    }

    @Override
    public final int write(ByteBuf frame) {
        int length = frame.readableBytes();
        return isFrame(length) ? write(frame, null, 0, length) : REFUSED;
    }

    @Override
    public final int write(FrameInput from, long frame) {
        int length = from.length(frame);
        return isFrame(length) ? write(null, from, frame, length) : REFUSED;
    }

    private boolean isFrame(int length) {
        return length >= header.channel() + NetHeader.ETHERNET && length <= header.channel() + NetHeader.LONGEST;
    }

    /**
     * Writes a frame that is in a buffer, or else lent from another queue.
     *
     * @param length with the header of the channel
     */
    abstract int write(ByteBuf buffer, FrameInput from, long frame, int length);

    /** Copies a frame to the beginning of the parts, which have room for it. */
    final void fill(ByteBuf buffer, FrameInput from, long frame, int length, int buffers) {
        makeHeader(buffer, from, frame, buffers);
        int part = parts.first();
        ByteBuffer window = parts.window(part);
        int at = parts.offset(part);
        int room = parts.length(part);
        int written = 0;
        if (room >= 12 && header.ring() == 12) {
            window.putLong(at, ringHeader.getLong(0)).putInt(at + 8, ringHeader.getInt(8));
            written = 12;
            at += 12;
            room -= 12;
        }
        // The header, which mostly fits into the first part.
        while (written < header.ring()) {
            int count = Math.min(room, header.ring() - written);
            window.put(at, ringHeader, written, count);
            written += count;
            at += count;
            room -= count;
            if (room == 0 && written < header.ring()) {
                part++;
                window = parts.window(part);
                at = parts.offset(part);
                room = parts.length(part);
            }
        }
        int offset = header.channel();
        while (offset < length) {
            if (room == 0) {
                part++;
                window = parts.window(part);
                at = parts.offset(part);
                room = parts.length(part);
            }
            int count = Math.min(room, length - offset);
            if (buffer == null) {
                from.copy(frame, offset, count, window, at);
            } else {
                get(buffer, offset, count, window, at);
            }
            offset += count;
            at += count;
            room -= count;
        }
    }

    /** By a position and a limit of its own: the window may be read by another thread, where both share one. */
    private void get(ByteBuf from, int offset, int count, ByteBuffer window, int at) {
        if (movableOf != window) {
            movableWindow = window.duplicate();
            movableOf = window;
        }
        from.getBytes(from.readerIndex() + offset, movableWindow.clear().limit(at + count).position(at));
    }

    private void makeHeader(ByteBuf buffer, FrameInput from, long frame, int buffers) {
        if (header.channel() == 0) {
            ringHeader.putLong(0, 0);
            ringHeader.putShort(8, (short) 0);
        } else if (buffer == null) {
            ringHeader.putLong(0, Long.reverseBytes(from.getLong(frame, 0)));
            ringHeader.putShort(8, Short.reverseBytes((short) from.getLong(frame, 2)));
        } else {
            int index = buffer.readerIndex();
            ringHeader.putLong(0, buffer.getLongLE(index));
            ringHeader.putShort(8, buffer.getShortLE(index + 8));
        }
        ringHeader.putShort(NetHeader.NUM_BUFFERS, (short) buffers);
    }
}
