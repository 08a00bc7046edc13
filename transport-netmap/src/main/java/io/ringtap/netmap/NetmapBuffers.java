/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap;

import java.nio.ByteBuffer;

/**
 * The packet buffers of a region, by index. A region can exceed what one {@link ByteBuffer} spans, so it is cut into
 * windows that each hold a whole number of buffers. One ring's own: {@link #at} moves the windows' positions.
 */
final class NetmapBuffers {
    /** A power of two keeps the common buffer sizes from straddling, and well inside an int. */
    static final int WINDOW = 1 << 30;

    private final int bufferSize;
    private final int count;
    private final int perWindow;
    private final ByteBuffer[] windows;

    /**
     * The buffers from an offset to the end of a region.
     *
     * @param base where buffer 0 begins
     * @param maxWindow the largest window to map, in bytes
     */
    NetmapBuffers(NetmapMemory memory, long base, int bufferSize, int maxWindow) {
        this.bufferSize = bufferSize;
        count = (int) Math.min(Integer.MAX_VALUE, (memory.size() - base) / bufferSize);
        perWindow = maxWindow / bufferSize;
        windows = new ByteBuffer[(count + perWindow - 1) / perWindow];
        for (int i = 0; i < windows.length; i++) {
            int buffers = Math.min(perWindow, count - i * perWindow);
            windows[i] = memory.window(base + (long) i * perWindow * bufferSize, buffers * bufferSize);
        }
    }

    int bufferSize() {
        return bufferSize;
    }

    /** Whether a slot may hold this index, taken as unsigned. */
    boolean holds(int index) {
        return index >= NetmapLayout.FIRST_BUFFER && index < count;
    }

    /**
     * Part of a buffer, between position and limit of a window that the next call reuses.
     *
     * @param index one that {@link #holds} says yes to
     */
    ByteBuffer at(int index, int offset, int length) {
        ByteBuffer window = windows[index / perWindow];
        int from = index % perWindow * bufferSize + offset;
        return window.limit(from + length).position(from);
    }

    /** The u32 a free extra buffer begins with: the index of the next. */
    int link(int index) {
        return at(index, 0, bufferSize).getInt();
    }

    void link(int index, int next) {
        at(index, 0, bufferSize).putInt(next);
    }
}
