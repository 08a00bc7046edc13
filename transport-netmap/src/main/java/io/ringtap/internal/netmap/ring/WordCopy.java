/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.ring;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.util.internal.PlatformDependent;

/**
 * Copies short frames as 64-bit words: the call of a bulk copy costs more than they do, and makes the JIT forget what
 * it knew of the rings. Written out without loops, of which the JIT makes more code than their few rounds are worth.
 *
 * <p>By address, as Netty's own buffers do it, where Netty has one: nothing is checked here, all by the caller before.
 */
final class WordCopy {
    /** The longest frame that is copied so. */
    static final int MAX = 127;

    private static final boolean AVAILABLE = PlatformDependent.hasUnsafe() && PlatformDependent.isUnaligned();

    private WordCopy() {
    }

    /** Whether this JVM lets Netty reach a buffer's memory by its address, wherever words begin. */
    static boolean isAvailable(ByteBuf buffer) {
        return AVAILABLE && buffer.hasMemoryAddress();
    }

    /**
     * Whether a buffer's bytes can be reached by its address: they are its own. A slice knows an address too, but not
     * that what it is a part of has become shorter; Netty's copies find that out.
     */
    static boolean reaches(ByteBuf buffer) {
        return buffer.hasMemoryAddress() && buffer.unwrap() == null && !(buffer instanceof CompositeByteBuf);
    }

    /** Whether a frame is as short as this is made for; shorter than a word it is not. */
    static boolean suits(int length) {
        return length >= Long.BYTES && length <= MAX;
    }

    /**
     * Copies a frame, and touches not a byte beside it: the last word overlaps the one before.
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
