/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel.spi;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.MaxMessagesRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.util.UncheckedBooleanSupplier;
import io.ringtap.ethernet.DropReason;
import io.ringtap.ethernet.FrameBatch;
import io.ringtap.internal.buffer.IdleMemory;
import io.ringtap.internal.buffer.ReceiveBuffers;
import io.ringtap.internal.buffer.RecycledBuf;
import io.ringtap.internal.buffer.RecycledBufs;

/**
 * The read rounds of a channel: the budget of a round, the buffers that it receives into, and how its frames get to
 * the pipeline. On the event loop.
 */
final class ReadRound implements FrameSink {
    /**
     * A round that has brought so many bytes ends, whatever {@code maxMessagesPerRead} still allows. What it has read
     * is then sent on while the second-level cache holds it, and the next round receives into the same memory: 64
     * super-frames are 4 MiB, and cost four streams of TCP a third of their throughput.
     */
    static final int MAX_BYTES = 512 * 1024;

    private final AbstractFrameChannel channel;
    private final CarriedFrames carried;
    private final IdleMemory idle;
    private final ReceiveBuffers buffers;
    private RecvByteBufAllocator.ExtendedHandle budget;
    private ByteBufAllocator allocator;
    /** The frames of this round, where they go to the pipeline as one message. */
    private FrameBatch batch;
    private boolean batching;
    private int frames;
    private int bytes;
    private boolean underWay;
    private boolean pending;
    private boolean outOfBuffers;
    private boolean served;

    ReadRound(AbstractFrameChannel channel, CarriedFrames carried) {
        this.channel = channel;
        this.carried = carried;
        idle = new IdleMemory(channel, this::trim);
        buffers = new ReceiveBuffers(idle::watch);
    }

    private boolean trim() {
        return buffers.trim();
    }

    /** Notes that somebody has asked for a frame, or no longer waits for one. */
    void setPending(boolean asked) {
        pending = asked;
    }

    /** Whether somebody has asked for a frame that has not come yet. */
    boolean isPending() {
        return pending;
    }

    /** Whether a round has begun and not ended. */
    boolean isUnderWay() {
        return underWay;
    }

    /** An event loop serves the channel from now on. */
    void attach() {
        served = true;
    }

    void begin() {
        budget = (RecvByteBufAllocator.ExtendedHandle) channel.unsafe().recvBufAllocHandle();
        budget.reset(channel.config());
        allocator = channel.config().getAllocator();
        buffers.beginRound();
        batching = channel.config().isReadBatches();
        frames = 0;
        bytes = 0;
        outOfBuffers = false;
        underWay = true;
    }

    /**
     * Hands a frame to the pipeline, at once or with the others of its round.
     *
     * @return whether the budget of the round allows another
     */
    boolean deliver(ByteBuf frame, int length) {
        try {
            if (batching) {
                batch().add(frame);
            } else {
                count(1, length);
            }
        } catch (Throwable cause) {
            // There is no memory for a batch, or the allocator's measure has failed.
            frame.release();
            drop(DropReason.NO_BUFFERS);
            throw cause;
        }
        if (batching) {
            count(1, length);
        } else {
            channel.pipeline().fireChannelRead(frame);
        }
        return goesOn();
    }

    private void count(int count, int length) {
        budget.lastBytesRead(length);
        budget.incMessagesRead(count);
        frames += count;
        bytes += length;
        channel.stats().countRx(count, length);
        pending = false;
    }

    private boolean goesOn() {
        // A round ends when the device is empty and not when it was so once: the handle's guess at that, a read that
        // did not fill its buffer, holds for streams.
        return bytes < MAX_BYTES && served
            && budget.continueReading(UncheckedBooleanSupplier.TRUE_SUPPLIER);
    }

    @Override
    public FrameBatch batch() {
        if (batching && batch == null) {
            batch = FrameBatch.newInstance();
        }
        return batch;
    }

    @Override
    public int room(int longest) {
        RecvByteBufAllocator allocator = channel.config().getRecvByteBufAllocator();
        if (!channel.config().isAutoRead() || !countsFrames(allocator)) {
            // A read() asks for one frame; an allocator with another measure only says whether it allows one more.
            return 1;
        }
        int left = ((MaxMessagesRecvByteBufAllocator) allocator).maxMessagesPerRead() - frames;
        return Math.max(1, Math.min(left, (MAX_BYTES - bytes - 1) / longest + 1));
    }

    /** Whether the number of messages is its only measure: what extends these may have another. */
    private static boolean countsFrames(RecvByteBufAllocator allocator) {
        return allocator.getClass() == AdaptiveRecvByteBufAllocator.class
            || allocator.getClass() == FixedRecvByteBufAllocator.class;
    }

    @Override
    public boolean added(int count) {
        int length = 0;
        for (int i = batch.size() - count; i < batch.size(); i++) {
            length += batch.length(i);
        }
        count(count, length);
        return goesOn();
    }

    /**
     * Ends the round that is under way, if one is. Throws what a {@code RecvByteBufAllocator} of the application's
     * has thrown, when all is done.
     */
    void end() {
        if (!underWay) {
            return;
        }
        FrameBatch full = batch;
        if (full != null) {
            batch = null;
            if (full.isEmpty()) {
                // A device asked for it, and found nothing to put in.
                full.release();
            } else {
                channel.pipeline().fireChannelRead(full);
            }
        }
        underWay = false;
        try {
            budget.readComplete();
        } finally {
            channel.pipeline().fireChannelReadComplete();
        }
    }

    /**
     * Whether the round that has ended stopped for want of a buffer alone, after it had brought some frames: handlers
     * had the other buffers, and have mostly released them since, so that the next round need not wait.
     */
    boolean hasEndedShort() {
        return outOfBuffers && frames != 0;
    }

    @Override
    public ByteBuf allocate(int capacity) {
        int room = Math.max(capacity, budget.guess());
        outOfBuffers = true;
        ByteBuf buf = buffers.take(allocator, room);
        outOfBuffers = false;
        budget.attemptedBytesRead(buf.writableBytes());
        return buf;
    }

    @Override
    public boolean frame(ByteBuf frame) {
        int length = frame.readableBytes();
        return deliver(buffers.owns(frame) ? buffers.handOut(allocator) : frame, length);
    }

    @Override
    public int allocate(ByteBuf[] into, int count, int capacity) {
        RecycledBufs several = takeBuffers(Math.max(capacity, budget.guess()));
        int taken = 0;
        for (int slot; taken < count && (slot = several.takeNext()) >= 0;) {
            into[taken++] = several.get(slot);
        }
        if (taken == 1) {
            into[0].release();
            into[0] = null;
            return 0;
        }
        if (taken != 0) {
            budget.attemptedBytesRead(into[0].writableBytes());
        }
        return taken;
    }

    @Override
    public boolean frames(ByteBuf[] frames, int count) {
        boolean more = true;
        int next = 0;
        try {
            while (more && next < count) {
                ByteBuf frame = takeOut(frames, next++);
                more = deliver(frame, frame.readableBytes());
            }
        } finally {
            while (next < count) {
                keep(takeOut(frames, next++));
            }
        }
        return more;
    }

    private ByteBuf takeOut(ByteBuf[] frames, int index) {
        ByteBuf frame = frames[index];
        frames[index] = null;
        return frame instanceof RecycledBuf filled ? handOut(filled) : frame;
    }

    private void keep(ByteBuf frame) {
        if (channel.isOpen()) {
            carried.add(frame);
        } else {
            // A handler of an earlier frame has closed the channel, which has given up what it had carried.
            frame.release();
        }
    }

    @Override
    public void drop(DropReason reason) {
        channel.stats().countRxDrop(reason);
    }

    /**
     * The buffers that {@link #allocate} gives one by one, to take several of beforehand, as many as there are.
     *
     * @param room bytes that each has at least
     */
    RecycledBufs takeBuffers(int room) {
        buffers.prepare(channel.config().getAllocator(), room);
        buffers.beginRound();
        return buffers.slots();
    }

    /** What the pipeline gets for one of them, filled. */
    ByteBuf handOut(RecycledBuf filled) {
        return buffers.slots().handOut(filled);
    }

    /** The channel closes, or leaves its event loop: gives back what is received into. A round under way ends. */
    void release() {
        served = false;
        idle.cancel();
        buffers.release();
    }
}
