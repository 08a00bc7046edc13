/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vhost;

import io.netty.buffer.ByteBuf;
import io.ringtap.internal.unix.NativeMemory;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Finds frames in a stream of octets, in which the length of each stands in front of it in four octets, big-endian.
 * Many frames may come with one read, and one frame in many. Used on one thread.
 *
 * <p>{@link #length} looks at the frame in front, {@link #take} or {@link #skip} removes it. To add octets, read as
 * many as {@link #room} says to where {@link #address} says, and call {@link #added}.
 */
final class StreamDecoder {
    /** The length in front of a frame. */
    static final int PREFIX = Integer.BYTES;
    /** {@link #length}: the next frame has not arrived yet, or not all of it. */
    static final int NONE = -1;
    /** Of memory beyond that for the longest frame: what one read may bring of the frames behind it. */
    private static final int AHEAD = 64 * 1024;

    private final int longest;
    private final NativeMemory memory;
    private final ByteBuffer octets;
    private int start;
    private int end;

    /**
     * A decoder for one stream, from its first octet on.
     *
     * @param longest the length of the longest frame that there can be
     */
    StreamDecoder(int longest) {
        this.longest = longest;
        memory = NativeMemory.allocate(PREFIX + longest + AHEAD);
        octets = memory.buffer().order(ByteOrder.BIG_ENDIAN);
    }

    /**
     * The length of the frame in front.
     *
     * @return {@link #NONE} if it is not there as a whole
     * @throws IOException if the length that stands there cannot be that of a frame: the stream cannot be understood
     *     from here on
     */
    int length() throws IOException {
        if (end - start < PREFIX) {
            return NONE;
        }
        int length = octets.getInt(start);
        if (length < 0 || length > longest) {
            throw new IOException("a frame of " + Integer.toUnsignedString(length) + " octets was announced, and the"
                + " longest may have " + longest);
        }
        return end - start - PREFIX >= length ? length : NONE;
    }

    /** Whether {@link #length} would return a length, or fail. */
    boolean hasNext() {
        if (end - start < PREFIX) {
            return false;
        }
        int length = octets.getInt(start);
        return length < 0 || length > longest || end - start - PREFIX >= length;
    }

    /** Whether the stream may end here: not in the middle of a frame. */
    boolean isBetweenFrames() {
        return start == end;
    }

    /** Copies the frame in front, and removes it. Call {@link #length} before. */
    void take(ByteBuf into) {
        int length = octets.getInt(start);
        octets.limit(start + PREFIX + length).position(start + PREFIX);
        into.writeBytes(octets);
        octets.clear();
        skip();
    }

    /** Removes the frame in front. Call {@link #length} before. */
    void skip() {
        start += PREFIX + octets.getInt(start);
        if (start == end) {
            start = 0;
            end = 0;
        }
    }

    /** How many octets may be added at {@link #address} now: enough for the rest of any frame. */
    int room() {
        if (start > 0 && octets.capacity() - start < PREFIX + longest) {
            // What is left is less than a frame, as all whole ones were taken out.
            octets.limit(end).position(start);
            octets.compact();
            octets.clear();
            end -= start;
            start = 0;
        }
        return octets.capacity() - end;
    }

    /** Where octets are to be added. */
    long address() {
        return memory.address() + end;
    }

    /** So many octets were added. */
    void added(int count) {
        end += count;
    }

    /** Gives the memory back: the decoder is not used any more. */
    void free() {
        memory.free();
    }
}
