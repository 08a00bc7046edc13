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
 * ahead. Those that were read ahead reach the pipeline before frames that are read next, as do those that a device has
 * read ahead on the same event loop. On the event loop.
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

    /** Whether no frame is left that was read ahead. */
    boolean isEmpty() {
        return frames.isEmpty();
    }

    /** Takes a frame that was read when its round had all it wanted; it belongs to this object. */
    void add(ByteBuf frame) {
        frames.add(frame);
    }

    /** Hands on as many as one round may, and returns whether the round may go on. */
    boolean deliver(ReadRound round) {
        boolean more = true;
        while (more && !frames.isEmpty()) {
            ByteBuf frame = frames.poll();
            more = round.deliver(frame, frame.readableBytes());
        }
        return more;
    }

    /** The channel closes. */
    void discard() {
        for (ByteBuf frame; (frame = frames.poll()) != null;) {
            frame.release();
        }
        letGo();
    }
}
