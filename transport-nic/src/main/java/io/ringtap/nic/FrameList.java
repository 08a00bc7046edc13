/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.nic;

import io.netty.buffer.ByteBuf;
import io.ringtap.channel.spi.FrameSink;

import java.util.Arrays;

/** Frames that were received with one system call and go to the sink together. It owns them. On the event loop. */
final class FrameList {
    private ByteBuf[] frames = new ByteBuf[ReceivedMessages.MOST];
    private int size;

    int size() {
        return size;
    }

    /** Makes room, so that adding so many frames does not fail. */
    void reserve(int further) {
        if (size + further > frames.length) {
            frames = Arrays.copyOf(frames, Math.max(2 * frames.length, size + further));
        }
    }

    void add(ByteBuf frame) {
        reserve(1);
        frames[size++] = frame;
    }

    /** Releases the last frames, from an index on. */
    void releaseFrom(int index) {
        while (size > index) {
            frames[--size].release();
            frames[size] = null;
        }
    }

    /** Hands all frames to the sink, and is empty then; returns whether the sink wants more. */
    boolean handOn(FrameSink sink) {
        int count = size;
        size = 0;
        return sink.frames(frames, count);
    }
}
