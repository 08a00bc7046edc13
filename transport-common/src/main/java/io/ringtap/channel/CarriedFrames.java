/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel;

import io.netty.buffer.ByteBuf;

import java.util.ArrayDeque;
import java.util.Queue;

/**
 * Frames that another event loop had read for a channel when it was left: they come before what the next one reads. On
 * the event loop.
 */
final class CarriedFrames {
    private final Queue<ByteBuf> frames = new ArrayDeque<>(0);

    boolean isEmpty() {
        return frames.isEmpty();
    }

    /** Takes over what was read. */
    void takeFrom(FrameIo last) {
        for (ByteBuf frame; (frame = last.nextReadAhead()) != null;) {
            frames.add(frame);
        }
    }

    /** Hands on as many as one round may. */
    void deliver(ReadRounds rounds) {
        boolean more = true;
        while (more && !frames.isEmpty()) {
            ByteBuf frame = frames.poll();
            more = rounds.deliver(frame, frame.readableBytes());
        }
    }

    void discard() {
        for (ByteBuf frame; (frame = frames.poll()) != null;) {
            frame.release();
        }
    }
}
