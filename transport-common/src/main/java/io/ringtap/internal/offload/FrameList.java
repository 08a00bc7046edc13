/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.offload;

import io.netty.buffer.ByteBuf;
import io.ringtap.channel.spi.FrameSink;

import java.util.Arrays;

/** Frames that were received with one system call and go to the sink together. It owns them. On the event loop. */
public final class FrameList {
    /** As many as a read round has unless set. */
    private static final int FIRST_ROOM = 64;

    private ByteBuf[] frames = new ByteBuf[FIRST_ROOM];
    private int size;

    /** An empty list. */
    public FrameList() {
    }

    /** How many frames there are. */
    public int size() {
        return size;
    }

    /** Makes room, so that adding so many frames does not fail. */
    public void reserve(int further) {
        if (size + further > frames.length) {
            frames = Arrays.copyOf(frames, Math.max(2 * frames.length, size + further));
        }
    }

    /** Adds a frame behind the others. */
    public void add(ByteBuf frame) {
        reserve(1);
        frames[size++] = frame;
    }

    /** Releases the last frames, from an index on. */
    public void releaseFrom(int index) {
        while (size > index) {
            frames[--size].release();
            frames[size] = null;
        }
    }

    /** Hands all frames to the sink, and is empty then; returns whether the sink wants more. */
    public boolean handOn(FrameSink sink) {
        int count = size;
        size = 0;
        return sink.frames(frames, count);
    }
}
