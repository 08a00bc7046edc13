/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.pktgen;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.util.concurrent.Future;
import io.ringtap.channel.FrameChannel;
import io.ringtap.examples.UdpFrame;

import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** Sends a frame, waits for it to come back, and measures how long that took; one at a time. */
final class PingHandler extends PktgenHandler {
    private static final long TIMEOUT_MILLIS = 1000;

    private final PktgenOptions options;
    private final UdpFrame.Endpoint from;
    private final UdpFrame.Endpoint to;
    private final RoundTrips all = new RoundTrips();
    private final RoundTrips recent = new RoundTrips();
    private ChannelHandlerContext ctx;
    private Future<?> timer;
    private long number;
    private long begin;
    private boolean outstanding;

    /** Times of round trips. Any thread. */
    private static final class RoundTrips {
        private long count;
        private long lost;
        private long sum;
        private long min = Long.MAX_VALUE;
        private long max;

        synchronized void add(long nanos) {
            count++;
            sum += nanos;
            min = Math.min(min, nanos);
            max = Math.max(max, nanos);
        }

        synchronized void lose() {
            lost++;
        }

        /** Whether frames were lost, and none came back. */
        synchronized boolean noneAnswered() {
            return count == 0 && lost > 0;
        }

        synchronized String take(boolean reset) {
            String text = count == 0 ? "no answers" : String.format(Locale.ROOT,
                "%d answers, RTT min %.1f avg %.1f max %.1f us", count, min / 1e3, sum / 1e3 / count, max / 1e3);
            text += lost == 0 ? "" : ", " + lost + " lost";
            if (reset) {
                count = 0;
                lost = 0;
                sum = 0;
                max = 0;
                min = Long.MAX_VALUE;
            }
            return text;
        }
    }

    PingHandler(PktgenOptions options) {
        this.options = options;
        from = options.from().first();
        to = options.to().first();
    }

    @Override
    String details(boolean totals) {
        return (totals ? all : recent).take(!totals);
    }

    @Override
    String shortfall(long taken) {
        if (taken > 0 && !all.noneAnswered()) {
            return null;
        }
        return (taken == 0 && refused() == null ? "no frame was sent" : "nobody has answered")
            + (refused() == null ? "" : ": " + refused().getMessage());
    }

    @Override
    void start(ChannelHandlerContext context) {
        ctx = context;
        send();
    }

    private void send() {
        if (!ctx.channel().isActive()) {
            return;
        }
        touch();
        number++;
        int payload = options.length() - UdpFrame.PAYLOAD;
        int header = ((FrameChannel) ctx.channel()).vnetHeaderLength();
        ByteBuf frame = ctx.alloc().directBuffer(header + options.length()).writeZero(header).readerIndex(header);
        UdpFrame.writeHeaders(frame, from, to, payload);
        frame.writeLong(number).writeZero(payload - Long.BYTES);
        UdpFrame.seal(frame);
        frame.readerIndex(0);
        outstanding = true;
        begin = System.nanoTime();
        timer = ctx.executor().schedule(this::timeOut, TIMEOUT_MILLIS, TimeUnit.MILLISECONDS);
        ctx.writeAndFlush(frame, ctx.voidPromise());
    }

    private void timeOut() {
        all.lose();
        recent.lose();
        next(0);
    }

    private void next(long nanos) {
        outstanding = false;
        if (number >= options.limit()) {
            finish();
            return;
        }
        long delay = options.rate() == 0 ? 0 : TimeUnit.SECONDS.toNanos(1) / options.rate() - nanos;
        if (delay <= 0) {
            ctx.executor().execute(this::send);
        } else {
            ctx.executor().schedule(this::send, delay, TimeUnit.NANOSECONDS);
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf frame = ((ByteBuf) message).skipBytes(((FrameChannel) ctx.channel()).vnetHeaderLength());
        // Not one that was given up, nor another's.
        if (outstanding && UdpFrame.isValid(frame) && UdpFrame.payloadLength(frame) >= Long.BYTES
            && UdpFrame.destinationPort(frame) == from.port()
            && frame.getLong(frame.readerIndex() + UdpFrame.PAYLOAD) == number) {
            long nanos = System.nanoTime() - begin;
            timer.cancel(false);
            all.add(nanos);
            recent.add(nanos);
            next(nanos);
        }
        frame.release();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        if (timer != null) {
            timer.cancel(false);
        }
    }
}
