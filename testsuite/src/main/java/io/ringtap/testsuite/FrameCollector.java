/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testsuite;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.ringtap.channel.DeviceEvent;
import io.ringtap.testkit.Await;
import io.ringtap.testkit.TestFrames;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The last handler of a pipeline. It copies the frames of {@link TestFrames} and releases them, and remembers all
 * events in order. Frames that the kernel sends by itself are ignored, and an additional read is requested for each.
 */
public class FrameCollector extends ChannelInboundHandlerAdapter {
    private final BlockingQueue<byte[]> frames = new LinkedBlockingQueue<>();
    private final List<String> events = new CopyOnWriteArrayList<>();
    private final List<Throwable> exceptions = new CopyOnWriteArrayList<>();
    private final List<DeviceEvent> deviceEvents = new CopyOnWriteArrayList<>();
    private volatile ChannelHandlerContext context;

    /** Called for each test frame, on the event loop. The frame is released afterwards. */
    protected void frame(ChannelHandlerContext ctx, ByteBuf frame) throws Exception {
    }

    @Override
    public final void channelRead(ChannelHandlerContext ctx, Object msg) throws Exception {
        ByteBuf frame = (ByteBuf) msg;
        try {
            if (!TestFrames.isOurs(frame)) {
                if (!ctx.channel().config().isAutoRead()) {
                    ctx.read();
                }
                return;
            }
            frames.add(ByteBufUtil.getBytes(frame));
            frame(ctx, frame);
        } finally {
            frame.release();
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) throws Exception {
        ctx.fireChannelReadComplete();
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) throws Exception {
        context = ctx;
        events.add("handlerAdded");
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) throws Exception {
        events.add("handlerRemoved");
    }

    @Override
    public void channelRegistered(ChannelHandlerContext ctx) throws Exception {
        events.add("registered");
    }

    @Override
    public void channelUnregistered(ChannelHandlerContext ctx) throws Exception {
        events.add("unregistered");
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) throws Exception {
        events.add("active");
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) throws Exception {
        events.add("inactive");
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) throws Exception {
        events.add(ctx.channel().isWritable() ? "writable" : "unwritable");
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) throws Exception {
        if (event instanceof DeviceEvent deviceEvent) {
            deviceEvents.add(deviceEvent);
        }
        ctx.fireUserEventTriggered(event);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) throws Exception {
        exceptions.add(cause);
    }

    /** The events of the channel so far, in order. */
    public final List<String> events() {
        return events;
    }

    /** The device events so far. */
    public final List<DeviceEvent> deviceEvents() {
        return deviceEvents;
    }

    /** The exceptions so far. */
    public final List<Throwable> exceptions() {
        return exceptions;
    }

    /** Waits for the next frame. */
    public final byte[] next() throws InterruptedException {
        byte[] frame = frames.poll(Await.PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
        assertThat(frame).as("a frame within %d ms; caught so far: %s", Await.PATIENCE_MILLIS, exceptions).isNotNull();
        return frame;
    }

    /** Waits for so many frames, and returns their numbers. */
    public final List<Long> numbers(int count) throws InterruptedException {
        List<Long> numbers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            numbers.add(TestFrames.number(next()));
        }
        return numbers;
    }

    /** How many frames have arrived and were not taken yet. */
    public final int waiting() {
        return frames.size();
    }

    /** Waits for a few turns of the event loop, and returns whether no more frames have arrived. */
    public final boolean staysQuiet() throws InterruptedException {
        LoopTurns.settle(context.channel().eventLoop());
        return frames.isEmpty();
    }
}
