/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.virtio;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;

import java.nio.channels.ClosedChannelException;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;

/**
 * Makes a bounded number of segments in a round, and the rest in further turns, between which the event loop serves its
 * other channels. Frames behind an unfinished super-frame wait, in order. On the event loop.
 *
 * <p>Work is counted in segments; one of more than 2 KiB counts as several. A turn is a timer task that is due at once.
 * An ordinary task that submits itself again would be run again before the event loop serves its channels, for up to a
 * second.
 */
abstract class SegmentTurns implements Runnable {
    /** The segments of one round: more than those of an ordinary read round, and about half a millisecond of work. */
    static final int ROUND = 512;
    private static final int UNIT_SHIFT = 11;

    private final ChannelHandlerContext ctx;
    private final ArrayDeque<Waiting> queue = new ArrayDeque<>();
    /** The segments that this round may still make. */
    private int left = ROUND;
    /** The work that waits, in segments: that of super-frames, and that of other frames. */
    private int waitingSegments;
    private int waitingFrames;
    private int waitingBytes;
    /** How many entries at the front of the queue were flushed while they waited. */
    private int flushed;
    private boolean running;
    private boolean scheduled;
    private boolean unbounded;
    /** Read by any thread. */
    private volatile boolean behind;

    /** A frame that waits, or a super-frame that is under way. */
    private static final class Waiting {
        final ByteBuf frame;
        final GsoSegments segments;
        final ChannelPromise promise;
        final SplitWrite split;
        final int bytes;
        /** The work of the frame, or of each segment. */
        final int work;
        /** 1, or how many segments are not made yet. */
        int parts;

        Waiting(ByteBuf frame, GsoSegments segments, ChannelPromise promise, int work) {
            this.frame = frame;
            this.segments = segments;
            this.promise = promise;
            this.work = work;
            bytes = frame.readableBytes();
            parts = segments == null ? 1 : segments.count();
            split = segments == null || promise == null || promise.isVoid() || segments.count() == 1
                ? null : new SplitWrite(promise);
        }
    }

    SegmentTurns(ChannelHandlerContext ctx) {
        this.ctx = ctx;
    }

    /** Takes over a frame to pass on. Promises of inbound frames are {@code null}. */
    abstract void pass(ByteBuf frame, ChannelPromise promise);

    /** Tells of a super-frame, or what is left of it, that could not be segmented. */
    abstract void failed(ChannelPromise promise, Throwable cause);

    /** Whether frames may be passed on now. If not, {@link #resume} is called later. */
    abstract boolean mayGoOn();

    /**
     * A turn has passed frames on.
     *
     * @param flush whether there were some that were flushed while they waited
     */
    abstract void turnEnded(boolean flush);

    final ChannelHandlerContext ctx() {
        return ctx;
    }

    /** Whether nothing waits. */
    final boolean isIdle() {
        return queue.isEmpty();
    }

    /** Whether a frame waits for its turn. Any thread. */
    final boolean isBehind() {
        return behind;
    }

    /** The work of the super-frames that wait, in segments. */
    final int waitingSegments() {
        return waitingSegments;
    }

    /** The work of the other frames that wait, in segments. */
    final int waitingFrames() {
        return waitingFrames;
    }

    /** The bytes of all that waits, an unfinished super-frame's included. */
    final int waitingBytes() {
        return waitingBytes;
    }

    /** The work that a frame of so many bytes counts as. */
    static int work(int bytes) {
        return 1 + (bytes >>> UNIT_SHIFT);
    }

    /** A round begins: the frames of the last read or flush are complete. */
    final void beginRound() {
        left = ROUND;
    }

    /** Takes over a frame, which passes at once unless another waits. */
    final void add(ByteBuf frame, ChannelPromise promise) {
        if (queue.isEmpty()) {
            pass(frame, promise);
        } else {
            enqueue(new Waiting(frame, null, promise, work(frame.readableBytes())));
        }
    }

    /** Takes over a super-frame. */
    final void add(ByteBuf frame, GsoSegments segments, ChannelPromise promise) {
        boolean free = queue.isEmpty();
        enqueue(new Waiting(frame, segments, promise, work(segments.longest())));
        if (free) {
            go();
        }
    }

    private void enqueue(Waiting waiting) {
        queue.add(waiting);
        count(waiting, waiting.parts);
        waitingBytes += waiting.bytes;
    }

    private void count(Waiting waiting, int parts) {
        if (waiting.segments == null) {
            waitingFrames += waiting.work * parts;
        } else {
            waitingSegments += waiting.work * parts;
        }
    }

    private void go() {
        if (running) {
            // A handler that was given a segment has passed a frame back here: it waits behind that segment.
            return;
        }
        running = true;
        try {
            while ((left > 0 || unbounded) && !queue.isEmpty()) {
                step(queue.peek());
            }
        } finally {
            running = false;
            unbounded = false;
            settle();
        }
    }

    private void settle() {
        if (queue.isEmpty() == behind) {
            behind = !behind;
        }
        resume();
    }

    private void step(Waiting first) {
        if (first.segments == null) {
            remove(first);
            left -= first.work;
            pass(first.frame, first.promise);
            return;
        }
        if (first.promise != null && first.segments.made == 0 && !first.promise.setUncancellable()) {
            drop(first, null);
            return;
        }
        ByteBuf segment;
        try {
            segment = first.segments.next(ctx.alloc());
        } catch (Throwable cause) {
            drop(first, cause);
            return;
        }
        left -= first.work;
        boolean last = !first.segments.hasNext();
        if (last) {
            remove(first);
            first.frame.release();
        } else {
            first.parts--;
            count(first, -1);
        }
        pass(segment, first.split == null ? first.promise : first.split.next(ctx));
        if (last && first.split != null) {
            first.split.end();
        }
    }

    private void remove(Waiting first) {
        queue.poll();
        count(first, -first.parts);
        waitingBytes -= first.bytes;
        flushed = Math.max(0, flushed - 1);
    }

    private void drop(Waiting first, Throwable cause) {
        remove(first);
        first.frame.release();
        if (first.split != null) {
            first.split.end(cause);
        } else if (cause != null) {
            failed(first.promise, cause);
        }
    }

    /** Goes on with what waits when the event loop's channels have had their turn. */
    final void resume() {
        if (!queue.isEmpty() && !running) {
            schedule();
        }
    }

    private void schedule() {
        if (!scheduled && mayGoOn() && ctx.channel().isRegistered()) {
            ctx.executor().schedule(this, 0, TimeUnit.NANOSECONDS);
            // Set last: if there is no memory for the task, the next frame tries again.
            scheduled = true;
        }
    }

    /** All that waits now is flushed when its turn comes. */
    final void flush() {
        flushed = queue.size();
    }

    /** Whether some of what waits was flushed. */
    final boolean isFlushed() {
        return flushed > 0;
    }

    /** The channel has left its event loop: a turn that was scheduled there does not count any more. */
    final void unregistered() {
        scheduled = false;
    }

    @Override
    public final void run() {
        if (!ctx.executor().inEventLoop() || !scheduled) {
            return;
        }
        scheduled = false;
        if (queue.isEmpty() || running || !mayGoOn()) {
            return;
        }
        boolean flush = isFlushed();
        beginRound();
        go();
        turnEnded(flush);
    }

    /** Passes on at once the frames that were flushed while they waited; may be called from within a turn. */
    final void passFlushed() {
        boolean within = running;
        running = true;
        try {
            while (flushed > 0) {
                step(queue.peek());
            }
        } finally {
            running = within;
            settle();
        }
    }

    /** Passes on at once all frames that wait. */
    final void passAll() {
        unbounded = true;
        go();
    }

    /** Releases all frames that wait, as the channel is closed. */
    final void discard() {
        if (queue.isEmpty()) {
            return;
        }
        ClosedChannelException cause = new ClosedChannelException();
        while (!queue.isEmpty()) {
            drop(queue.peek(), cause);
        }
        behind = false;
    }
}
