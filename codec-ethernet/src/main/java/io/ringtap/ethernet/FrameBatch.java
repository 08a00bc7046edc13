/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.ethernet;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.util.AbstractReferenceCounted;
import io.netty.util.IllegalReferenceCountException;
import io.netty.util.Recycler;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.PromiseCombiner;

import java.util.Arrays;
import java.util.Objects;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * Frames that travel through pipelines as one message, in order: what a read round has brought, or what goes to one
 * port. A frame then costs a place in an array, where a message of its own costs a walk through the pipeline and an
 * entry of the outbound buffer.
 *
 * <p>A batch owns its frames. Who gets one takes them out with {@link #poll()}, or passes it on; releasing it releases
 * the frames that are left and gives the batch back for reuse, so that whoever still knows it then knows a batch of
 * somebody else's. It has one user at a time: {@code retain()} keeps it alive, and makes no second batch of it. An
 * {@link io.netty.buffer.EmptyByteBuf}, which written alone is only a mark, is in a batch a frame of no bytes, and
 * refused.
 */
public final class FrameBatch extends AbstractReferenceCounted {
    /** As many as a read round brings. */
    private static final int USUAL = 64;
    /** A longer array is not kept for the next user. */
    private static final int LONGEST_KEPT = 1024;

    private static final Recycler<FrameBatch> RECYCLER = new Recycler<>() {
        @Override
        protected FrameBatch newObject(Handle<FrameBatch> handle) {
            return new FrameBatch(handle);
        }
    };

    private final Recycler.Handle<FrameBatch> handle;
    private ByteBuf[] frames = new ByteBuf[USUAL];
    private int first;
    private int end;

    private FrameBatch(Recycler.Handle<FrameBatch> handle) {
        this.handle = handle;
    }

    /** An empty batch, to be released once. Any thread. */
    public static FrameBatch newInstance() {
        FrameBatch batch = RECYCLER.get();
        batch.setRefCnt(1);
        return batch;
    }

    /**
     * Puts a frame behind the others. The batch takes over the reference.
     *
     * @throws IllegalReferenceCountException if the batch was released: the frame would be whoever's gets it next
     */
    public FrameBatch add(ByteBuf frame) {
        Objects.requireNonNull(frame, "frame");
        if (refCnt() == 0) {
            throw new IllegalReferenceCountException(0);
        }
        if (end == frames.length) {
            makeRoom();
        }
        frames[end++] = frame;
        return this;
    }

    private void makeRoom() {
        int size = size();
        ByteBuf[] from = frames;
        if (size > from.length >> 1) {
            frames = new ByteBuf[from.length << 1];
        }
        System.arraycopy(from, first, frames, 0, size);
        Arrays.fill(frames, size, frames.length, null);
        first = 0;
        end = size;
    }

    /** How many frames it has. */
    public int size() {
        return end - first;
    }

    /** Whether it has none. */
    public boolean isEmpty() {
        return first == end;
    }

    /**
     * A frame that stays in the batch.
     *
     * @param index 0 for the one that {@link #poll()} takes next
     * @throws IndexOutOfBoundsException if there are not so many
     */
    public ByteBuf get(int index) {
        if (index < 0 || index >= size()) {
            throw new IndexOutOfBoundsException("frame " + index + " of " + size());
        }
        return frames[first + index];
    }

    /** Takes the first frame out; it is the caller's then. {@code null} if there is none. */
    public ByteBuf poll() {
        if (first == end) {
            return null;
        }
        ByteBuf frame = frames[first];
        frames[first++] = null;
        return frame;
    }

    /** The bytes of all frames, with their vnet headers. */
    public long readableBytes() {
        long bytes = 0;
        for (int i = first; i < end; i++) {
            bytes += frames[i].readableBytes();
        }
        return bytes;
    }

    /**
     * Takes out frame after frame and has each read, for a handler whose work is done on single frames; then releases
     * the batch. If the handler is removed meanwhile, what is left goes on without it. On the event loop.
     *
     * @param read takes over a frame
     */
    public void readEach(ChannelHandlerContext ctx, Consumer<ByteBuf> read) {
        try {
            while (!isEmpty() && !ctx.isRemoved()) {
                read.accept(poll());
            }
            if (!isEmpty()) {
                ctx.fireChannelRead(retain());
            }
        } finally {
            release();
        }
    }

    /**
     * Takes out frame after frame and has each written, for a handler whose work is done on single frames; then
     * releases the batch. If the handler is removed meanwhile, what is left goes on without it. On the event loop.
     *
     * @param promise of the batch: done when every frame's is, and failed with the first failure if one failed
     * @param write takes over a frame and the promise of this frame
     */
    public void writeEach(ChannelHandlerContext ctx, ChannelPromise promise,
                          BiConsumer<ByteBuf, ChannelPromise> write) {
        try {
            if (promise.isVoid()) {
                for (ByteBuf frame; (frame = poll()) != null;) {
                    writeOne(ctx, frame, promise, write);
                }
                return;
            }
            PromiseCombiner all = new PromiseCombiner(ctx.executor());
            for (ByteBuf frame; (frame = poll()) != null;) {
                ChannelPromise one = ctx.newPromise();
                all.add((Future<?>) one);
                writeOne(ctx, frame, one, write);
            }
            all.finish(promise);
        } finally {
            release();
        }
    }

    private static void writeOne(ChannelHandlerContext ctx, ByteBuf frame, ChannelPromise promise,
                                 BiConsumer<ByteBuf, ChannelPromise> write) {
        if (ctx.isRemoved()) {
            ctx.write(frame, promise);
        } else {
            write.accept(frame, promise);
        }
    }

    @Override
    public FrameBatch retain() {
        super.retain();
        return this;
    }

    @Override
    public FrameBatch retain(int increment) {
        super.retain(increment);
        return this;
    }

    @Override
    public FrameBatch touch() {
        return touch(null);
    }

    @Override
    public FrameBatch touch(Object hint) {
        for (int i = first; i < end; i++) {
            frames[i].touch(hint);
        }
        return this;
    }

    @Override
    protected void deallocate() {
        for (ByteBuf frame; (frame = poll()) != null;) {
            ReferenceCountUtil.safeRelease(frame);
        }
        first = 0;
        end = 0;
        if (frames.length > LONGEST_KEPT) {
            frames = new ByteBuf[USUAL];
        }
        handle.recycle(this);
    }

    @Override
    public String toString() {
        return "FrameBatch(" + size() + " frames, " + readableBytes() + " bytes)";
    }
}
