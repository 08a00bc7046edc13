/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.ring;

import java.util.Random;

/** Random bytes that are the same in every run. */
public final class RandomFrames {
    private RandomFrames() {
    }

    /** Returns that many bytes, for a seed. */
    public static byte[] bytes(long seed, int length) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }
}
