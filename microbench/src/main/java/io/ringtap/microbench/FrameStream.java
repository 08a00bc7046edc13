/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.microbench;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.ringtap.ethernet.EthernetFrame;

import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Sends frames out of one channel that come back through another on the same event loop: a window at a time, the next
 * when the last frame of the one before has arrived. Stands in the pipeline of the receiver.
 */
public final class FrameStream extends ChannelInboundHandlerAdapter {
    /** Frames in flight: fewer than the shortest queue between the channels holds. */
    private static final int WINDOW = 256;
    /** Seconds until a frame that has not arrived is held for lost. */
    private static final int LOST = 10;

    private final ByteBuf frame;
    private final CyclicBarrier done = new CyclicBarrier(2);
    private Channel sender;
    private int left;
    private int outstanding;
    private final Runnable nextWindow = this::nextWindow;
    private volatile int total;

    /** Sends this frame again and again; its reference stays the caller's. */
    public FrameStream(ByteBuf frame) {
        this.frame = frame;
    }

    /** Where frames are written. */
    public void sender(Channel channel) {
        sender = channel;
    }

    /** Sends so many frames and waits until all have arrived. Any thread but the event loop. */
    public void send(int frames) throws InterruptedException, BrokenBarrierException, TimeoutException {
        total = frames;
        sender.eventLoop().execute(this::begin);
        done.await(LOST, TimeUnit.SECONDS);
    }

    private void begin() {
        left = total;
        nextWindow();
    }

    private void nextWindow() {
        outstanding = Math.min(WINDOW, left);
        left -= outstanding;
        for (int i = 0; i < outstanding; i++) {
            // The same buffer every time: what is measured is the channels' allocation, not the sender's.
            sender.write(frame.retain(), sender.voidPromise());
        }
        sender.flush();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) throws Exception {
        ByteBuf received = (ByteBuf) message;
        boolean ours = EthernetFrame.etherType(received, received.readerIndex()) == Frames.EXPERIMENTAL;
        received.release();
        if (ours && --outstanding == 0) {
            if (left > 0) {
                // Not from within the round of reading that brought the frame.
                ctx.executor().execute(nextWindow);
            } else {
                done.await(LOST, TimeUnit.SECONDS);
            }
        }
    }
}
