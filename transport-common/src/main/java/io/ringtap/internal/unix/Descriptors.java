/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.unix;

import java.util.Arrays;

/**
 * The descriptors that came with a message. Whoever has them takes out those that it keeps and closes the rest,
 * whatever becomes of the message. Not thread safe.
 */
public final class Descriptors implements AutoCloseable {
    private static final int NONE = -1;

    private int[] descriptors = new int[4];
    private int count;

    /** How many came, those that were taken out included. */
    public int count() {
        return count;
    }

    /** Adds one, which this object owns from now on. */
    public void add(int descriptor) {
        if (count == descriptors.length) {
            descriptors = Arrays.copyOf(descriptors, 2 * count);
        }
        descriptors[count++] = descriptor;
    }

    /** One of them, which stays here. */
    public int get(int index) {
        return descriptors[index];
    }

    /** Takes one out, which the caller closes. */
    public int take(int index) {
        int taken = descriptors[index];
        descriptors[index] = NONE;
        return taken;
    }

    /** Closes those that were not taken out. Repeating it is harmless. */
    @Override
    public void close() {
        for (int i = 0; i < count; i++) {
            if (descriptors[i] != NONE) {
                SystemCalls.close(take(i));
            }
        }
    }
}
