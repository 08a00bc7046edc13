/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel.spi;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.EmptyByteBuf;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.util.IllegalReferenceCountException;
import io.netty.util.ReferenceCountUtil;
import io.ringtap.ethernet.FrameBatch;

import java.util.function.Predicate;

/**
 * The flushed frames of a channel, one after another. A frame is a message of its own or part of a {@link FrameBatch}.
 * The promise of a batch is completed when its last frame is done. It fails if a frame of the batch was refused, with
 * the cause of the first refusal.
 *
 * <p>Netty takes the outbound buffer away from a channel that closes. This class keeps a reference to it, so that the
 * flushed frames can still be sent and their promises completed. Called on the event loop.
 */
final class FlushedFrames {
    private final ChannelOutboundBuffer.MessageProcessor visit = this::visit;
    /** A channel has one outbound buffer in its life. {@code null} until the first flush. */
    private ChannelOutboundBuffer out;
    /** The first message, if it is a batch. Valid during a flush only, as a channel that closes releases it. */
    private FrameBatch batch;
    /** Why the first refused frame of {@link #batch} was refused; {@code null} if none was. */
    private Throwable refusal;
    private Predicate<ByteBuf> visitor;
    private int counted;

    /** Begins a flush. */
    FlushedFrames of(ChannelOutboundBuffer buffer) {
        out = buffer;
        batch = null;
        return this;
    }

    /**
     * Returns the first frame, or {@code null} if there is none. Messages without a frame are removed before, and their
     * listeners run.
     */
    ByteBuf current() {
        return !hasCurrent() ? null : batch != null ? batch.get(0) : (ByteBuf) out.current();
    }

    /** Whether there is a frame. Messages without a frame are removed before, and their listeners run. */
    boolean hasCurrent() {
        if (batch != null) {
            return true;
        }
        if (out == null) {
            return false;
        }
        while (true) {
            Object message = out.current();
            if (message instanceof FrameBatch front) {
                if (!front.isEmpty()) {
                    batch = front;
                    return true;
                }
                if (front.refCnt() == 0) {
                    // It was written twice, or released by somebody else. This write has sent nothing.
                    remove(new IllegalReferenceCountException(0));
                } else {
                    endBatch();
                }
            } else if (message instanceof EmptyByteBuf) {
                // Netty puts an empty buffer in the place of a cancelled write, and applications write one to learn of
                // a flush.
                out.remove();
            } else {
                return message != null;
            }
        }
    }

    /**
     * Returns the batch of the first frame, if that frame is a handle and not a buffer yet, otherwise {@code null}.
     * {@link #hasCurrent()} has to be called before.
     */
    FrameBatch handles() {
        return batch != null && batch.isHandle(0) ? batch : null;
    }

    /** Removes the first frames of the batch: they were sent, and the device owns their handles. */
    void removeHandles(int count) {
        batch.removeHandles(count);
        if (batch.isEmpty()) {
            endBatch();
        }
    }

    /** Removes the first frame: it was sent. */
    void remove() {
        if (batch != null) {
            removeFromBatch();
        } else {
            out.remove();
        }
    }

    /** Removes the first frame: it was not sent, and will not be. */
    void remove(Throwable cause) {
        if (batch != null) {
            refusal = refusal == null ? cause : refusal;
            removeFromBatch();
        } else {
            out.remove(cause);
        }
    }

    private void removeFromBatch() {
        ReferenceCountUtil.safeRelease(batch.poll());
        if (batch.isEmpty()) {
            endBatch();
        }
    }

    private void endBatch() {
        batch = null;
        if (refusal == null) {
            out.remove();
        } else {
            Throwable cause = refusal;
            refusal = null;
            out.remove(cause);
        }
    }

    /**
     * Fails all messages that were written, flushed or not. For a channel whose event loop has ended: Netty completes
     * no promise of such a channel.
     */
    void fail(Throwable cause) {
        batch = null;
        refusal = null;
        if (out != null) {
            out.addFlush();
            while (out.remove(cause)) {
                continue;
            }
        }
    }

    /** Passes the frames to a visitor in order, until it returns {@code false}. The visitor must not write. */
    void forEach(Predicate<ByteBuf> visitor) {
        this.visitor = visitor;
        try {
            out.forEachFlushedMessage(visit);
        } catch (Exception impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** How many frames there are, of whatever form. */
    int count() {
        counted = 0;
        if (out != null) {
            try {
                out.forEachFlushedMessage(message -> {
                    counted += message instanceof FrameBatch frames ? frames.size()
                        : message instanceof EmptyByteBuf ? 0 : 1;
                    return true;
                });
            } catch (Exception impossible) {
                throw new IllegalStateException(impossible);
            }
        }
        return counted;
    }

    private boolean visit(Object message) {
        if (!(message instanceof FrameBatch frames)) {
            return visitor.test((ByteBuf) message);
        }
        for (int i = 0; i < frames.size(); i++) {
            if (!visitor.test(frames.get(i))) {
                return false;
            }
        }
        return true;
    }
}
