/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vhost.memory;

import java.nio.ByteBuffer;

/**
 * Where a piece of guest memory lies in this process: what {@link GuestMemory#locate} fills. It is used again and
 * again, by one thread.
 */
public final class MemoryPlace {
    private ByteBuffer window;
    private int offset;

    /** Says where the piece lies. */
    public void set(ByteBuffer in, int at) {
        window = in;
        offset = at;
    }

    /**
     * The memory that the piece lies in, direct and little-endian. Whoever was given it may set its position and limit
     * for a copy, and leaves the limit at the capacity, as others reach into it by absolute offsets.
     */
    public ByteBuffer window() {
        return window;
    }

    /** Where in the window the piece begins. */
    public int offset() {
        return offset;
    }
}
