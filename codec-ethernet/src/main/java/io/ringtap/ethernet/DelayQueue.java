/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.ethernet;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.util.concurrent.ScheduledFuture;

import java.nio.channels.ClosedChannelException;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;

/**
 * One direction through a {@link DelayQueueHandler}: frames pass at once or wait in a queue for the event loop's timer.
 * Runs on the event loop alone, timed by the loop's own clock.
 */
abstract class DelayQueue {
    private final DelayQueueHandler handler;
    private final ChannelHandlerContext ctx;
    private final FrameDirection direction;
    private final ArrayDeque<Waiting> queue = new ArrayDeque<>();
    private ScheduledFuture<?> timer;
    private long timerNanos;

    /** A frame on its way; the promise is null when the frame is inbound. */
    record Waiting(ByteBuf frame, ChannelPromise promise, long dueNanos, boolean marked) {
    }

    DelayQueue(DelayQueueHandler handler, ChannelHandlerContext ctx, FrameDirection direction) {
        this.handler = handler;
        this.ctx = ctx;
        this.direction = direction;
    }

    /** Takes over a frame's reference and its promise. */
    abstract void accept(ByteBuf frame, ChannelPromise promise);

    /** The timer went off: passes what may pass now, with {@link #pass}. */
    abstract void resume(long now);

    /** A frame that waits outside the queue, and passes on last when all frames do; null if there is none. */
    Waiting takeHeld() {
        return null;
    }

    final ChannelHandlerContext ctx() {
        return ctx;
    }

    final ArrayDeque<Waiting> queue() {
        return queue;
    }

    final long now() {
        return ctx.executor().ticker().nanoTime();
    }

    final void pass(ByteBuf frame, ChannelPromise promise) {
        if (direction == FrameDirection.INBOUND) {
            handler.fire(ctx, frame);
        } else {
            ctx.write(frame, promise);
        }
    }

    /** Schedules {@link #resume}, unless it is due earlier already. */
    final void resumeIn(long nanos) {
        long at = now() + nanos;
        if (timer != null) {
            if (timerNanos - at <= 0) {
                return;
            }
            timer.cancel(false);
        }
        timerNanos = at;
        timer = ctx.executor().schedule(this::onTimer, nanos, TimeUnit.NANOSECONDS);
    }

    private void onTimer() {
        timer = null;
        resume(now());
        passed();
    }

    /** Completes the read, or flushes, after frames that were passed on outside a read or a write of the channel. */
    private void passed() {
        if (direction == FrameDirection.INBOUND) {
            handler.endRound(ctx);
        } else {
            ctx.flush();
        }
    }

    /** Passes on all frames that wait, now. */
    final void passAll() {
        cancelTimer();
        boolean any = false;
        for (Waiting waiting = poll(); waiting != null; waiting = poll()) {
            pass(waiting.frame(), waiting.promise());
            any = true;
        }
        if (any) {
            passed();
        }
    }

    /** Releases all frames that wait, as the channel is closed. */
    final void discardAll() {
        cancelTimer();
        ClosedChannelException cause = null;
        for (Waiting waiting = poll(); waiting != null; waiting = poll()) {
            waiting.frame().release();
            if (waiting.promise() != null) {
                cause = cause == null ? new ClosedChannelException() : cause;
                waiting.promise().tryFailure(cause);
            }
        }
    }

    private Waiting poll() {
        Waiting first = queue.poll();
        return first == null ? takeHeld() : first;
    }

    /** Whether a frame waits. */
    boolean isWaiting() {
        return !queue.isEmpty();
    }

    /** The channel has left its event loop: the timer there would find the queue in use by another. */
    final void unregistered() {
        cancelTimer();
    }

    /** The channel has come to an event loop, on whose timer the frames go on to wait. */
    final void registered() {
        if (isWaiting()) {
            resumeIn(0);
        }
    }

    private void cancelTimer() {
        if (timer != null) {
            timer.cancel(false);
            timer = null;
        }
    }
}
