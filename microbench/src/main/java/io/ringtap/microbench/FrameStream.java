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
 * Sends frames through one channel, which arrive at another on the same event loop. It sends a window of frames at a
 * time, and the next window when the last frame has arrived. It is a handler of the receiving channel.
 */
public final class FrameStream extends ChannelInboundHandlerAdapter {
    /** Frames of a window. The shortest queue between the channels has room for more. */
    private static final int WINDOW = 256;
    /** Seconds after which a frame that has not arrived counts as lost. */
    private static final int LOST = 10;

    private final ByteBuf frame;
    private final CyclicBarrier done = new CyclicBarrier(2);
    private Channel sender;
    private int left;
    private int outstanding;
    private final Runnable nextWindow = this::nextWindow;
    private volatile int total;

    /** Sends this frame again and again. The caller keeps its reference. */
    public FrameStream(ByteBuf frame) {
        this.frame = frame;
    }

    /** The channel that frames are written to. */
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
            // It is the same buffer every time, so that no allocation of the sender is measured.
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
                // A new task, as the read round that brought the frame has to end first.
                ctx.executor().execute(nextWindow);
            } else {
                done.await(LOST, TimeUnit.SECONDS);
            }
        }
    }
}
