/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.ethernet;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.util.internal.ObjectUtil;

import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * Makes a channel as bad as a real network: drops, corrupts, duplicates, reorders and delays frames as a
 * {@link FaultSpec} says. Which frames are hit depends on the seed and on their sequence alone.
 *
 * <p>A dropped frame's promise succeeds: it was sent, and lost on the way. A corrupted or duplicated frame is copied
 * first, because others may hold the same bytes. A reordered frame waits for the next one, at most 10 ms.
 *
 * <p>Put it nearest to the channel. One instance serves one channel; the counters may be read from any thread.
 */
public final class FaultInjector extends DelayQueueHandler {
    private static final long HOLD_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    private final FaultSpec spec;
    private final int vnetHeaderLength;
    private final LongAdder dropped = new LongAdder();
    private final LongAdder corrupted = new LongAdder();
    private final LongAdder duplicated = new LongAdder();
    private final LongAdder reordered = new LongAdder();
    private final LongAdder delayed = new LongAdder();
    private final LongAdder overflowed = new LongAdder();

    /** Injects faults into frames without a vnet header. */
    public FaultInjector(FaultSpec spec) {
        this(spec, 0);
    }

    /**
     * Injects faults into frames.
     *
     * @param vnetHeaderLength bytes in front of every frame's Ethernet header, which are never corrupted
     */
    public FaultInjector(FaultSpec spec, int vnetHeaderLength) {
        super(spec.directions());
        this.spec = spec;
        this.vnetHeaderLength = ObjectUtil.checkPositiveOrZero(vnetHeaderLength, "vnetHeaderLength");
    }

    /** Frames that vanished on purpose. */
    public long dropped() {
        return dropped.sum();
    }

    /** Frames in which a bit was flipped. */
    public long corrupted() {
        return corrupted.sum();
    }

    /** Frames that passed twice. */
    public long duplicated() {
        return duplicated.sum();
    }

    /** Frames that the next one overtook. */
    public long reordered() {
        return reordered.sum();
    }

    /** Frames held back for the time of the delay. */
    public long delayed() {
        return delayed.sum();
    }

    /** Frames dropped because as many as {@link FaultSpec#limit()} were held back. */
    public long overflowed() {
        return overflowed.sum();
    }

    @Override
    DelayQueue newQueue(ChannelHandlerContext ctx, FrameDirection direction) {
        return new FaultQueue(ctx, direction);
    }

    /** The queue holds delayed frames; as all wait equally long, the first is always due first. */
    private final class FaultQueue extends DelayQueue {
        private final SplittableRandom random;
        private Waiting held;

        FaultQueue(ChannelHandlerContext ctx, FrameDirection direction) {
            super(FaultInjector.this, ctx, direction);
            random = new SplittableRandom(spec.seed() + direction.ordinal());
        }

        @Override
        void accept(ByteBuf frame, ChannelPromise promise) {
            // Every frame draws the same numbers, so that one fault's probability does not shift the others' picks.
            boolean drop = random.nextDouble() < spec.drop();
            boolean corrupt = random.nextDouble() < spec.corrupt();
            boolean duplicate = random.nextDouble() < spec.duplicate();
            boolean reorder = random.nextDouble() < spec.reorder();
            boolean delay = random.nextDouble() < spec.delayProbability() && spec.delayNanos() > 0;
            long bit = random.nextLong();
            if (drop) {
                dropped.increment();
                discard(frame, promise);
                return;
            }
            ByteBuf copy = null;
            try {
                if (corrupt && frame.readableBytes() > vnetHeaderLength) {
                    ByteBuf original = frame;
                    frame = flipped(original, bit);
                    original.release();
                    corrupted.increment();
                }
                if (duplicate) {
                    copy = copyOf(frame);
                    duplicated.increment();
                }
            } catch (Throwable cause) {
                frame.release();
                if (promise == null) {
                    ctx().fireExceptionCaught(cause);
                } else {
                    promise.tryFailure(cause);
                }
                return;
            }
            enter(frame, promise, reorder, delay);
            if (copy != null) {
                enter(copy, promise == null ? null : ctx().newPromise(), false, delay);
            }
        }

        private void enter(ByteBuf frame, ChannelPromise promise, boolean reorder, boolean delay) {
            if (!delay) {
                leave(frame, promise, reorder);
            } else if (queue().size() >= spec.limit()) {
                overflowed.increment();
                discard(frame, promise);
            } else {
                delayed.increment();
                queue().add(new Waiting(frame, promise, now() + spec.delayNanos(), reorder));
                resumeIn(spec.delayNanos());
            }
        }

        private void leave(ByteBuf frame, ChannelPromise promise, boolean reorder) {
            if (reorder && held == null) {
                held = new Waiting(frame, promise, now() + HOLD_NANOS, true);
                resumeIn(HOLD_NANOS);
                return;
            }
            pass(frame, promise);
            if (held != null) {
                reordered.increment();
                releaseHeld();
            }
        }

        private void releaseHeld() {
            Waiting waiting = takeHeld();
            pass(waiting.frame(), waiting.promise());
        }

        @Override
        void resume(long now) {
            while (!queue().isEmpty() && queue().peek().dueNanos() - now <= 0) {
                Waiting waiting = queue().poll();
                leave(waiting.frame(), waiting.promise(), waiting.marked());
            }
            if (held != null && held.dueNanos() - now <= 0) {
                releaseHeld();
            }
            long wait = Long.MAX_VALUE;
            if (!queue().isEmpty()) {
                wait = queue().peek().dueNanos() - now;
            }
            if (held != null) {
                wait = Math.min(wait, held.dueNanos() - now);
            }
            if (wait != Long.MAX_VALUE) {
                resumeIn(wait);
            }
        }

        @Override
        boolean isWaiting() {
            return held != null || super.isWaiting();
        }

        @Override
        Waiting takeHeld() {
            Waiting waiting = held;
            held = null;
            return waiting;
        }

        private void discard(ByteBuf frame, ChannelPromise promise) {
            if (promise == null) {
                drop(frame);
                return;
            }
            frame.release();
            promise.trySuccess();
        }

        private ByteBuf flipped(ByteBuf frame, long random) {
            ByteBuf copy = copyOf(frame);
            int index = vnetHeaderLength
                + (int) Long.remainderUnsigned(random >>> 3, copy.readableBytes() - vnetHeaderLength);
            return copy.setByte(index, copy.getByte(index) ^ 1 << (random & 7));
        }

        private ByteBuf copyOf(ByteBuf frame) {
            int length = frame.readableBytes();
            ByteBuf copy = ctx().alloc().buffer(length);
            return copy.writeBytes(frame, frame.readerIndex(), length);
        }
    }
}
