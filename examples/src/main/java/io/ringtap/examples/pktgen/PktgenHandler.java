/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.pktgen;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.ringtap.channel.DeviceEvent;
import io.ringtap.ethernet.FrameRefusedException;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;

/** What all functions have: an end, and a last line of their own. */
abstract class PktgenHandler extends ChannelInboundHandlerAdapter {
    private final CompletableFuture<Void> done = new CompletableFuture<>();
    private volatile long firstNanos;
    private volatile long lastNanos;
    private volatile boolean touched;
    private volatile FrameRefusedException refused;

    /** Done when the count is reached, and failed when the port is gone. */
    final CompletableFuture<Void> done() {
        return done;
    }

    final void finish() {
        touch();
        done.complete(null);
    }

    /** Frames pass now. On the event loop. */
    final void touch() {
        lastNanos = System.nanoTime();
        if (!touched) {
            firstNanos = lastNanos;
            touched = true;
        }
    }

    /** How long frames have passed. Any thread. */
    final double seconds() {
        return touched ? (lastNanos - firstNanos) / 1e9 : 0;
    }

    /** All ports are open. On the event loop. */
    void start(ChannelHandlerContext ctx) {
    }

    /** More than the counters of the channel tell, for a rate line and for the totals; empty if there is nothing. */
    String details(boolean totals) {
        return "";
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof DeviceEvent.Gone gone) {
            done.completeExceptionally(gone.cause());
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        done.completeExceptionally(new IOException("closed"));
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (cause instanceof FrameRefusedException refusal) {
            // It is in the counters of the channel already.
            refused = refusal;
        } else {
            done.completeExceptionally(cause);
        }
    }

    /** Why the device refused a frame, the last time that it did; {@code null} if it has not. Any thread. */
    final FrameRefusedException refused() {
        return refused;
    }

    /**
     * What has gone wrong although the port is there and nothing else has failed; {@code null} if nothing has. Asked at
     * the end, on any thread.
     *
     * @param sent how many frames the device took
     */
    String shortfall(long sent) {
        return null;
    }
}
