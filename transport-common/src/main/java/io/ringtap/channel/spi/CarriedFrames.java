/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel.spi;

import io.netty.buffer.ByteBuf;

import java.util.ArrayDeque;
import java.util.Queue;

/**
 * The frames of a channel that its previous event loop had not finished: frames to send, and frames that it had read
 * ahead. These reach the pipeline before frames that the next event loop reads. On the event loop.
 */
final class CarriedFrames {
    private final Queue<ByteBuf> frames = new ArrayDeque<>(0);
    /** Perhaps with operations under way. */
    private FrameIo last;

    /** The channel leaves the event loop of this one. */
    void leave(FrameIo io) {
        last = io;
    }

    /** Once nothing is under way: takes the frames that were sent out of what is flushed. */
    void settle(FlushedFrames flushed) {
        if (last != null) {
            last.settle(flushed);
        }
    }

    /** Once nothing is under way: takes what was sent and what was read, for the event loop that the channel is on. */
    void takeOver(FlushedFrames flushed) {
        if (last != null) {
            for (ByteBuf frame; (frame = last.nextReadAhead()) != null;) {
                frames.add(frame);
            }
            last.settle(flushed);
            letGo();
        }
    }

    private void letGo() {
        if (last != null) {
            last.discard();
            last = null;
        }
    }

    /** Whether no frame is left that another event loop had read. */
    boolean isEmpty() {
        return frames.isEmpty();
    }

    /** Hands on as many as one round may. */
    void deliver(ReadRound round) {
        boolean more = true;
        while (more && !frames.isEmpty()) {
            ByteBuf frame = frames.poll();
            more = round.deliver(frame, frame.readableBytes());
        }
    }

    /** The channel closes. */
    void discard() {
        for (ByteBuf frame; (frame = frames.poll()) != null;) {
            frame.release();
        }
        letGo();
    }
}
