/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.netty.buffer.ByteBuf;
import io.ringtap.ethernet.FrameBatch;

/**
 * The frames for groups that one channel received last, to tell whether another one is the same as one of them. A
 * station sends few frames twice: its packets have a number, a time or a checksum that differs. Where there is another
 * way round a bridge, a loop, the same frames come again and again.
 *
 * <p>It keeps a hash of the beginning and the end of a frame, in a place that the hash chooses, for as long as no other
 * frame takes that place. Its memory is bounded, and taken with the first such frame. One thread.
 */
final class RepeatedFrames {
    /** More than circulate in a loop that is still worth to be told of by this sign. */
    private static final int PLACES = 1024;
    /** Holds addresses, type, and the headers of IP and UDP with their identification, checksum and sequence number. */
    private static final int FRONT = 64;
    /** The golden ratio as a fraction of 2^64, odd: multiplying by it spreads the bits upwards. */
    private static final long SPREAD = 0x9e37_79b9_7f4a_7c15L;

    private long[] places;

    /**
     * Notes a frame of a batch; whether it is one of those noted before. It has 14 bytes or more from {@code start} on.
     */
    boolean isRepeated(FrameBatch frames, int index, int start) {
        int last = frames.length(index) - Long.BYTES;
        int end = Math.min(start + FRONT - Long.BYTES, last);
        long hash = mix(last, frames.getLong(index, last));
        for (int offset = start; offset < end; offset += Long.BYTES) {
            hash = mix(hash, frames.getLong(index, offset));
        }
        return note(mix(hash, frames.getLong(index, end)));
    }

    /** The same for a buffer, whose frame begins at an index. */
    boolean isRepeated(ByteBuf frame, int start) {
        int last = frame.writerIndex() - Long.BYTES;
        int end = Math.min(start + FRONT - Long.BYTES, last);
        // From the start of the readable bytes, as in a batch: one frame has one hash in both.
        long hash = mix(last - frame.readerIndex(), frame.getLong(last));
        for (int index = start; index < end; index += Long.BYTES) {
            hash = mix(hash, frame.getLong(index));
        }
        return note(mix(hash, frame.getLong(end)));
    }

    private static long mix(long hash, long bytes) {
        long mixed = (hash ^ bytes) * SPREAD;
        return mixed ^ mixed >>> 32;
    }

    private boolean note(long hash) {
        if (places == null) {
            places = new long[PLACES];
        }
        int place = (int) (hash & PLACES - 1);
        boolean repeated = places[place] == hash;
        places[place] = hash;
        return repeated;
    }
}
