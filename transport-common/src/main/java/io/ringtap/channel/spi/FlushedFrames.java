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
 * What is flushed, frame by frame, whether a frame is a message of its own or stands in a {@link FrameBatch}. A batch's
 * promise is done with its last frame; if frames of it were refused, it fails with what the first of them was refused
 * for. It keeps the buffer that Netty takes away from a channel that closes, so that what is flushed can still be sent
 * and the promises of what was sent kept. On the event loop.
 */
final class FlushedFrames {
    private final ChannelOutboundBuffer.MessageProcessor visit = this::visit;
    /** The only one that the channel ever has; {@code null} until the first flush. */
    private ChannelOutboundBuffer out;
    /** The message in front, if it is a batch; known during a flush alone, as a channel that closes releases it. */
    private FrameBatch batch;
    /** Of the batch in front. */
    private Throwable refusal;
    private Predicate<ByteBuf> visitor;
    private int counted;

    /** Begins a flush. */
    FlushedFrames of(ChannelOutboundBuffer buffer) {
        out = buffer;
        batch = null;
        return this;
    }

    /** The frame in front, {@code null} if there is none. Ends messages without a frame, whose listeners then run. */
    ByteBuf current() {
        return !hasCurrent() ? null : batch != null ? batch.get(0) : (ByteBuf) out.current();
    }

    /** Whether there is a frame in front. Ends messages without one, whose listeners then run. */
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
                    // Written twice, or released by another: whatever it held, this write has sent nothing.
                    remove(new IllegalReferenceCountException(0));
                } else {
                    endBatch();
                }
            } else if (message instanceof EmptyByteBuf) {
                // What Netty makes of a write that was cancelled, and what is written to hear of a flush.
                out.remove();
            } else {
                return message != null;
            }
        }
    }

    /** The batch in front, if the frame in front is in it and no buffer yet. Call {@link #hasCurrent()} before. */
    FrameBatch handles() {
        return batch != null && batch.isHandle(0) ? batch : null;
    }

    /** The first frames of the batch in front were sent, and their handles taken over. */
    void removeHandles(int count) {
        batch.removeHandles(count);
        if (batch.isEmpty()) {
            endBatch();
        }
    }

    /** The frame in front was sent. */
    void remove() {
        if (batch != null) {
            removeFromBatch();
        } else {
            out.remove();
        }
    }

    /** The frame in front was not sent and will not be. */
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

    /** Fails all that was written, flushed or not: for a channel whose event loop has ended, which Netty leaves so. */
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

    /** Shows the frames from the front on, until the visitor has had enough. It must not write. */
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
