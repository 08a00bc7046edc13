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
 * Makes segments, so many in a round, and what is left of a super-frame when others on the event loop have had their
 * turn. What comes behind an unfinished super-frame waits, in order. On the event loop.
 *
 * <p>Work is counted in segments, and one of more than 2 KiB as several. A turn is a task of the timer that is due at
 * once: an ordinary task that submits itself again is run again before the event loop looks after its channels, for up
 * to a second.
 */
abstract class SegmentTurns implements Runnable {
    /** What a round may do: more than the super-frames of an ordinary read round need, and half a millisecond. */
    static final int ROUND = 512;
    private static final int UNIT_SHIFT = 11;

    private final ChannelHandlerContext ctx;
    private final ArrayDeque<Waiting> queue = new ArrayDeque<>();
    /** What this round may still do. */
    private int left = ROUND;
    /** The segments that wait, or what is as much work as they are, and the same of other frames. */
    private int waitingSegments;
    private int waitingFrames;
    private int waitingBytes;
    /** How many in front were flushed while they waited. */
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
        /** Of the frame, or of each segment. */
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

    /** Whether what waits may go on now, or will be told later with {@link #resume}. */
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

    /** What waits of super-frames, in segments. */
    final int waitingSegments() {
        return waitingSegments;
    }

    /** What waits of other frames. */
    final int waitingFrames() {
        return waitingFrames;
    }

    /** The bytes of all that waits, an unfinished super-frame's included. */
    final int waitingBytes() {
        return waitingBytes;
    }

    /** What a frame of so many bytes is counted as. */
    static int work(int bytes) {
        return 1 + (bytes >>> UNIT_SHIFT);
    }

    /** A round begins: somebody has written or read all that belongs together. */
    final void beginRound() {
        left = ROUND;
    }

    /** Takes over a frame, whose way is free unless something waits. */
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
            // Behind it: without the heap for a timer the next attempt comes with the next frame.
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

    /** The channel has left its event loop: the turn that was due there is another loop's. */
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

    /** Passes on here and now what was flushed while it waited, also from within a turn, which goes on behind that. */
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

    /** Passes on here and now all that waits. */
    final void passAll() {
        unbounded = true;
        go();
    }

    /** Releases what waits: the channel is gone. */
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
