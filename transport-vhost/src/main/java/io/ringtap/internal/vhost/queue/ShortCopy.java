/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vhost.queue;

import java.nio.ByteBuffer;

/**
 * Copies between little-endian buffers. Short pieces go word by word, as the call of a bulk copy costs more than a
 * frame of 64 bytes.
 */
final class ShortCopy {
    private static final int LONGEST = 128;

    private ShortCopy() {
    }

    /** Copies bytes, which do not overlap. */
    static void copy(ByteBuffer from, int fromAt, ByteBuffer to, int toAt, int length) {
        if (length > LONGEST || length < Long.BYTES) {
            copyOther(from, fromAt, to, toAt, length);
            return;
        }
        int last = length - Long.BYTES;
        for (int i = 0; i < last; i += Long.BYTES) {
            to.putLong(toAt + i, from.getLong(fromAt + i));
        }
        // It may write some bytes for the second time.
        to.putLong(toAt + last, from.getLong(fromAt + last));
    }

    private static void copyOther(ByteBuffer from, int fromAt, ByteBuffer to, int toAt, int length) {
        if (length > LONGEST) {
            to.put(toAt, from, fromAt, length);
            return;
        }
        for (int i = 0; i < length; i++) {
            to.put(toAt + i, from.get(fromAt + i));
        }
    }
}
