/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.ethernet;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.util.internal.ObjectUtil;

import java.util.concurrent.atomic.LongAdder;

/**
 * Lets frames through at the rate of a {@link RateSpec}: a token bucket of bytes, of frames or of both, and a bounded
 * queue before it. The event loop's timer wakes it, so no thread waits, and the bucket makes up for a timer that is
 * late.
 *
 * <p>A frame that finds the queue full is dropped and counted, and its promise fails; inbound it is released.
 * One instance serves one channel; the counters may be read from any thread.
 */
public final class RateLimiter extends DelayQueueHandler {
    private final RateSpec spec;
    private final int vnetHeaderLength;
    private final LongAdder delayed = new LongAdder();
    private final LongAdder dropped = new LongAdder();

    /** Limits frames without a vnet header. */
    public RateLimiter(RateSpec spec) {
        this(spec, 0);
    }

    /**
     * Limits frames.
     *
     * @param vnetHeaderLength bytes in front of every frame's Ethernet header, which are not counted
     */
    public RateLimiter(RateSpec spec, int vnetHeaderLength) {
        super(spec.directions());
        this.spec = spec;
        this.vnetHeaderLength = ObjectUtil.checkPositiveOrZero(vnetHeaderLength, "vnetHeaderLength");
    }

    /** Frames that had to wait. */
    public long delayed() {
        return delayed.sum();
    }

    /** Frames that found the queue full. */
    public long dropped() {
        return dropped.sum();
    }

    @Override
    DelayQueue newQueue(ChannelHandlerContext ctx, FrameDirection direction) {
        return new RateQueue(ctx, direction);
    }

    private final class RateQueue extends DelayQueue {
        private final double bytesPerNano = spec.bitsPerSecond() / 8e9;
        private final double framesPerNano = spec.framesPerSecond() / 1e9;
        /** What may pass; below zero after a frame longer than the burst. */
        private double bytes = spec.burstBytes();
        private double frames = spec.burstFrames();
        private long filledNanos;

        RateQueue(ChannelHandlerContext ctx, FrameDirection direction) {
            super(RateLimiter.this, ctx, direction);
            filledNanos = now();
        }

        @Override
        void accept(ByteBuf frame, ChannelPromise promise) {
            if (queue().isEmpty()) {
                fill(now());
                if (nanosUntil(frame) == 0) {
                    take(frame);
                    pass(frame, promise);
                    return;
                }
            }
            if (queue().size() >= spec.queue()) {
                dropped.increment();
                if (promise == null) {
                    drop(frame);
                } else {
                    refuse(frame, promise, new FrameRefusedException(DropReason.CONGESTED,
                        "frame dropped: the rate limiter's queue is full"));
                }
                return;
            }
            delayed.increment();
            queue().add(new Waiting(frame, promise, 0, false));
            if (queue().size() == 1) {
                resumeIn(nanosUntil(frame));
            }
        }

        @Override
        void resume(long now) {
            fill(now);
            while (!queue().isEmpty()) {
                Waiting first = queue().peek();
                long nanos = nanosUntil(first.frame());
                if (nanos > 0) {
                    resumeIn(nanos);
                    return;
                }
                queue().poll();
                take(first.frame());
                pass(first.frame(), first.promise());
            }
        }

        private void fill(long now) {
            long nanos = now - filledNanos;
            filledNanos = now;
            bytes = Math.min(spec.burstBytes(), bytes + nanos * bytesPerNano);
            frames = Math.min(spec.burstFrames(), frames + nanos * framesPerNano);
        }

        private long nanosUntil(ByteBuf frame) {
            double nanos = 0;
            if (bytesPerNano > 0) {
                nanos = (Math.min(length(frame), spec.burstBytes()) - bytes) / bytesPerNano;
            }
            if (framesPerNano > 0) {
                nanos = Math.max(nanos, (1 - frames) / framesPerNano);
            }
            return nanos <= 0 ? 0 : (long) Math.ceil(nanos);
        }

        private void take(ByteBuf frame) {
            bytes -= length(frame);
            frames -= 1;
        }

        private int length(ByteBuf frame) {
            return Math.max(0, frame.readableBytes() - vnetHeaderLength);
        }
    }
}
