/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.ring;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.util.internal.PlatformDependent;

/**
 * Copies short frames as 64-bit words. The call of a bulk copy costs more than such a frame, and after it the JIT no
 * longer knows the state of the rings. The copy is written without loops, as the JIT would make more code of a loop
 * than its few rounds are worth.
 *
 * <p>It copies by address where Netty knows the addresses, as Netty's own buffers do. Nothing is checked here; the
 * caller has checked everything before.
 */
final class WordCopy {
    /** The longest frame that is copied in this way. */
    static final int MAX = 127;

    private static final boolean AVAILABLE = PlatformDependent.hasUnsafe() && PlatformDependent.isUnaligned();

    private WordCopy() {
    }

    /** Whether Netty can reach the memory of a buffer by its address in this JVM, at any alignment. */
    static boolean isAvailable(ByteBuf buffer) {
        return AVAILABLE && buffer.hasMemoryAddress();
    }

    /**
     * Whether the bytes of a buffer can be reached by its address, as they are its own. A slice knows an address too,
     * but does not know when the buffer behind it has become shorter; Netty's own copies find that out.
     */
    static boolean reaches(ByteBuf buffer) {
        return buffer.hasMemoryAddress() && buffer.unwrap() == null && !(buffer instanceof CompositeByteBuf);
    }

    /** Whether a frame has a length for which this is made. It has at least one word. */
    static boolean suits(int length) {
        return length >= Long.BYTES && length <= MAX;
    }

    /**
     * Copies a frame without touching any byte beside it: the last word overlaps the one before it.
     *
     * @param length one that {@link #suits}
     */
    static void copy(long from, long to, int length) {
        long in = from;
        long out = to;
        if ((length & 64) != 0) {
            four(in, out);
            four(in + 32, out + 32);
            in += 64;
            out += 64;
        }
        if ((length & 32) != 0) {
            four(in, out);
            in += 32;
            out += 32;
        }
        if ((length & 16) != 0) {
            one(in, out);
            one(in + 8, out + 8);
            in += 16;
            out += 16;
        }
        if ((length & 8) != 0) {
            one(in, out);
        }
        if ((length & 7) != 0) {
            one(from + length - 8, to + length - 8);
        }
    }

    private static void four(long from, long to) {
        one(from, to);
        one(from + 8, to + 8);
        one(from + 16, to + 16);
        one(from + 24, to + 24);
    }

    private static void one(long from, long to) {
        PlatformDependent.putLong(to, PlatformDependent.getLong(from));
    }
}
