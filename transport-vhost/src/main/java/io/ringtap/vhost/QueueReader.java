/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vhost;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.ringtap.channel.spi.FrameSink;
import io.ringtap.ethernet.DropReason;
import io.ringtap.ethernet.FrameBatch;
import io.ringtap.internal.vhost.queue.FrameInput;

/**
 * Brings the frames of a queue to a channel, in steps of up to {@value #TOGETHER}: they are lent to the batch of the
 * round, or else copied and given back. On the event loop.
 */
final class QueueReader {
    /** Frames that are taken out of a ring, or put into it, before anything else is done with them. */
    static final int TOGETHER = 64;
    private static final int ORDINARY_FRAME = 1518;

    private final FrameInput in;
    private final Lender lender;
    private final LentFrames lent;
    /** As many frames may be lent at the same time. */
    private final int mostLent;
    private final ByteBuf[] buffers = new ByteBuf[TOGETHER];
    private final long[] handles = new long[TOGETHER];
    private int longest;
    /** How many frames there were last. */
    private int usual;
    /** How many frames are to be delivered to a batch: by a handle, or by a buffer if there is one. */
    private int handleCount;
    /** The buffer of a single frame, which the sink has kept; {@code null} if there are several. */
    private ByteBuf sinksOwn;

    /**
     * Begins with a queue that nobody else reads.
     *
     * @param headerBytes of the channel
     * @param queueSize its entries
     */
    QueueReader(FrameInput in, int queueSize, int headerBytes, Lender lender, EventLoop loop) {
        this.in = in;
        this.lender = lender;
        lent = new LentFrames(in, lender, loop);
        mostLent = Math.min(queueSize, 4 * TOGETHER) / 2;
        longest = headerBytes + ORDINARY_FRAME;
    }

    FrameInput in() {
        return in;
    }

    LentFrames lent() {
        return lent;
    }

    /**
     * Takes frames that wait. Those that were copied are given back, but not published.
     *
     * @return how many there are now, to be passed to {@link #deliver}; if this fails, {@link #discard} is due
     */
    int take(FrameSink sink) {
        FrameBatch batch = sink.batch();
        int count = batch == null ? copy(sink) : lend(sink, batch);
        for (int dropped = in.takeDropped(); dropped > 0; dropped--) {
            sink.drop(DropReason.MALFORMED);
        }
        return count;
    }

    private int lend(FrameSink sink, FrameBatch batch) {
        if (in.lent() >= mostLent) {
            lent.copyOut();
        }
        int wanted = Math.min(Math.min(TOGETHER, Math.max(1, mostLent)), sink.room(longest));
        // Memory first: if there is none, the frames stay where they are.
        batch.ensureRoom(lent, wanted);
        lent.reserve(in.lent() + wanted);
        int taken = in.take(wanted);
        long first = in.next() - taken;
        for (long frame = first; frame < in.next(); frame++) {
            int length = in.length(frame);
            longest = Math.max(longest, length);
            if (length <= LentFrames.MOST_BYTES) {
                handles[handleCount++] = lent.lend(frame);
            } else {
                copyLong(frame, length, sink);
            }
        }
        return handleCount;
    }

    private void copyLong(long frame, int length, FrameSink sink) {
        try {
            ByteBuf buffer = lender.allocator().directBuffer(length);
            buffers[handleCount++] = buffer;
            in.read(frame, buffer);
        } catch (OutOfMemoryError none) {
            sink.drop(DropReason.NO_BUFFERS);
        } finally {
            in.giveBack(frame);
        }
    }

    private int copy(FrameSink sink) {
        // As above. The sink gives the same buffer again.
        ByteBuf single = sink.allocate(longest);
        int wanted = Math.min(Math.min(TOGETHER, 2 * usual + 1), sink.room(longest));
        int given = wanted < 2 ? 0 : sink.allocate(buffers, wanted, longest);
        sinksOwn = null;
        int taken = in.take(Math.max(1, given));
        usual = taken;
        long first = in.next() - taken;
        int filled = 0;
        try {
            for (long frame = first; frame < in.next(); frame++) {
                int length = in.length(frame);
                longest = Math.max(longest, length);
                if (given == 0) {
                    buffers[0] = roomy(single, length, sink);
                } else if (buffers[filled].writableBytes() < length && !replace(filled, length, sink)) {
                    continue;
                }
                in.read(frame, buffers[filled++]);
            }
            return filled;
        } finally {
            for (long frame = first; frame < in.next(); frame++) {
                in.giveBack(frame);
            }
            for (int i = filled; i < given; i++) {
                buffers[i].release();
                buffers[i] = null;
            }
        }
    }

    private ByteBuf roomy(ByteBuf single, int length, FrameSink sink) {
        sinksOwn = single.writableBytes() >= length ? single : sink.allocate(length);
        return sinksOwn;
    }

    /** For the first of frames that are longer than those before; {@code false} if there is no memory for it. */
    private boolean replace(int index, int length, FrameSink sink) {
        ByteBuf larger;
        try {
            larger = lender.allocator().directBuffer(length, length);
        } catch (OutOfMemoryError none) {
            sink.drop(DropReason.NO_BUFFERS);
            return false;
        }
        buffers[index].release();
        buffers[index] = larger;
        return true;
    }

    /** Passes on what was taken; whether to continue. */
    boolean deliver(FrameSink sink, int count) {
        if (handleCount > 0) {
            handleCount = 0;
            FrameBatch batch = sink.batch();
            for (int i = 0; i < count; i++) {
                if (buffers[i] == null) {
                    batch.add(lent, handles[i]);
                } else {
                    batch.add(buffers[i]);
                    buffers[i] = null;
                }
            }
            return sink.added(count);
        }
        if (count > 1) {
            return sink.frames(buffers, count);
        }
        ByteBuf only = buffers[0];
        buffers[0] = null;
        return sink.frame(only);
    }

    /** What was taken is of no use. */
    void discard() {
        int count = handleCount;
        handleCount = 0;
        for (int i = 0; i < count; i++) {
            if (buffers[i] == null) {
                lent.giveBack(handles, i, i + 1);
            }
        }
        for (int i = 0; i < TOGETHER; i++) {
            ByteBuf buffer = buffers[i];
            buffers[i] = null;
            if (buffer != null && buffer == sinksOwn) {
                buffer.clear();
            } else if (buffer != null) {
                buffer.release();
            }
        }
    }
}
