/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.host;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.Future;
import io.ringtap.examples.UdpFrame;

import java.security.MessageDigest;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Sends data over UDP so that all of it arrives, in the plainest way there is: a fixed window, and when nothing was
 * acknowledged for a while, all of the window again (go-back-N). It is no TCP: it knows neither congestion nor a
 * receiver's pace.
 */
final class TransferSender extends ChannelInboundHandlerAdapter {
    /** Well under what the ring of a VALE port holds, so that frames are lost only where something else sends too. */
    private static final int WINDOW = 256;
    private static final long RESEND_MILLIS = 100;

    private final UdpFrame.Endpoint from;
    private final UdpFrame.Endpoint to;
    private final long blocks;
    private final long deadlineNanos;
    private final TransferContent content = new TransferContent();
    private final MessageDigest digest = TransferContent.newDigest();
    private final CompletableFuture<Sent> done = new CompletableFuture<>();
    private Future<?> timer;
    private long digested;
    private long next;
    private long acknowledged;
    private long acknowledgedBefore;
    private long resent;
    private boolean ending;

    /** What was sent, once. */
    record Sent(long blocks, long resent, byte[] digest) {
    }

    TransferSender(UdpFrame.Endpoint from, UdpFrame.Endpoint to, long blocks, long nanos) {
        this.from = from;
        this.to = to;
        this.blocks = blocks;
        deadlineNanos = System.nanoTime() + nanos;
    }

    /** Done when all was acknowledged that was sent in the time there was. */
    CompletableFuture<Sent> done() {
        return done;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        timer = ctx.executor().scheduleWithFixedDelay(() -> resend(ctx), RESEND_MILLIS, RESEND_MILLIS,
            TimeUnit.MILLISECONDS);
        send(ctx);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        timer.cancel(false);
    }

    private void resend(ChannelHandlerContext ctx) {
        if (acknowledged == acknowledgedBefore) {
            resent += next - acknowledged;
            next = acknowledged;
            try {
                send(ctx);
            } catch (RuntimeException | OutOfMemoryError e) {
                // The executor drops a task that throws, and nothing would be sent again.
                done.completeExceptionally(e);
            }
        }
        acknowledgedBefore = acknowledged;
    }

    private void send(ChannelHandlerContext ctx) {
        if (!ending && next == digested && (next == blocks || System.nanoTime() - deadlineNanos >= 0)) {
            ending = true;
        }
        long end = ending ? digested : blocks;
        while (next < end && next < acknowledged + WINDOW && ctx.channel().isWritable()) {
            ByteBuf frame = ctx.alloc().directBuffer(UdpFrame.PAYLOAD + Long.BYTES + TransferContent.BLOCK);
            UdpFrame.writeHeaders(frame, from, to, Long.BYTES + TransferContent.BLOCK);
            content.write(frame, next);
            UdpFrame.seal(frame);
            ctx.write(frame, ctx.voidPromise());
            if (next == digested) {
                content.digest(digest, next);
                digested++;
            }
            next++;
        }
        if (ending && acknowledged == digested && !done.isDone()) {
            done.complete(new Sent(digested, resent, digest.digest()));
        }
        ctx.flush();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf frame = (ByteBuf) message;
        if (!UdpFrame.isValid(frame) || UdpFrame.destinationPort(frame) != from.port()
            || UdpFrame.payloadLength(frame) < Long.BYTES) {
            ctx.fireChannelRead(frame);
            return;
        }
        long upTo = frame.getLong(frame.readerIndex() + UdpFrame.PAYLOAD);
        frame.release();
        if (upTo > acknowledged && upTo <= digested) {
            acknowledged = upTo;
            next = Math.max(next, acknowledged);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        if (!done.isDone()) {
            send(ctx);
        }
        ctx.fireChannelReadComplete();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (ctx.channel().isWritable() && !done.isDone()) {
            send(ctx);
        }
        ctx.fireChannelWritabilityChanged();
    }
}
