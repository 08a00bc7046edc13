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
import io.netty.util.ResourceLeakDetector;
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
 *
 * <p>A frame need not be a buffer yet: it may lie {@linkplain FrameStore where its device received it}, and becomes a
 * buffer when {@link #get} or {@link #poll} asks for it. {@link #length}, {@link #getLong} and {@link #moveTo} do
 * without, for a handler that only looks where a frame goes.
 */
public final class FrameBatch extends AbstractReferenceCounted {
    /** As many as a read round brings. */
    private static final int USUAL = 64;
    /** A longer array is not kept for the next user. */
    private static final int LONGEST_KEPT = 1024;
    private static final long[] NO_PLACES = { };

    private static final Recycler<FrameBatch> RECYCLER = new Recycler<>() {
        @Override
        protected FrameBatch newObject(Handle<FrameBatch> handle) {
            return new FrameBatch(handle);
        }
    };

    private final Recycler.Handle<FrameBatch> handle;
    /** {@code null} where a frame is still in the store. */
    private ByteBuf[] frames = new ByteBuf[USUAL];
    /** Where the frames are that are no buffers; as long as {@link #frames} once there was one. */
    private long[] places = NO_PLACES;
    private FrameStore store;
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
        int index = next();
        frames[index] = frame;
        return this;
    }

    /**
     * Puts a frame behind the others that is no buffer yet. The batch takes over the place.
     *
     * @throws IllegalReferenceCountException if the batch was released
     */
    public FrameBatch add(FrameStore from, long place) {
        if (store != from) {
            if (store != null) {
                return add(from.take(place));
            }
            store = from;
        }
        int index = next();
        if (index >= places.length) {
            places = Arrays.copyOf(places, frames.length);
        }
        places[index] = place;
        return this;
    }

    private int next() {
        if (refCnt() == 0) {
            throw new IllegalReferenceCountException(0);
        }
        if (end == frames.length) {
            makeRoom();
        }
        return end++;
    }

    private void makeRoom() {
        int size = size();
        ByteBuf[] from = frames;
        long[] fromPlaces = places;
        if (size > from.length >> 1) {
            frames = new ByteBuf[from.length << 1];
            places = fromPlaces.length == 0 ? NO_PLACES : new long[frames.length];
        }
        System.arraycopy(from, first, frames, 0, size);
        Arrays.fill(frames, size, frames.length, null);
        if (places.length != 0) {
            System.arraycopy(fromPlaces, first, places, 0, size);
        }
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
     * A frame that stays in the batch, as a buffer from now on.
     *
     * @param index 0 for the one that {@link #poll()} takes next
     * @throws IndexOutOfBoundsException if there are not so many
     */
    public ByteBuf get(int index) {
        int at = at(index);
        ByteBuf frame = frames[at];
        if (frame == null) {
            frame = store.take(places[at]);
            frames[at] = frame;
        }
        return frame;
    }

    /** Takes the first frame out; it is the caller's then. {@code null} if there is none. */
    public ByteBuf poll() {
        if (first == end) {
            return null;
        }
        ByteBuf frame = frames[first];
        if (frame == null) {
            return store.take(places[first++]);
        }
        frames[first++] = null;
        return frame;
    }

    /**
     * Takes the first frame out and puts it behind those of another batch, as what it is.
     *
     * @throws IndexOutOfBoundsException if there is none
     */
    public void moveTo(FrameBatch other) {
        int at = at(0);
        if (frames[at] != null) {
            other.add(frames[at]);
            frames[at] = null;
        } else {
            other.add(store, places[at]);
        }
        first++;
    }

    /**
     * The bytes of a frame, with its vnet header.
     *
     * @param index 0 for the first
     * @throws IndexOutOfBoundsException if there are not so many
     */
    public int length(int index) {
        return lengthAt(at(index));
    }

    /**
     * Eight bytes of a frame in network order.
     *
     * @param index 0 for the first
     * @param offset of the first byte in the frame
     * @throws IndexOutOfBoundsException if there are not so many frames, or bytes in this one
     */
    public long getLong(int index, int offset) {
        int at = at(index);
        int length = lengthAt(at);
        if (offset < 0 || offset > length - Long.BYTES) {
            throw new IndexOutOfBoundsException("eight bytes from " + offset + " of a frame of " + length);
        }
        ByteBuf frame = frames[at];
        return frame == null ? store.getLong(places[at], offset) : frame.getLong(frame.readerIndex() + offset);
    }

    private int at(int index) {
        if (index < 0 || index >= size()) {
            throw new IndexOutOfBoundsException("frame " + index + " of " + size());
        }
        return first + index;
    }

    private int lengthAt(int at) {
        ByteBuf frame = frames[at];
        return frame == null ? store.length(places[at]) : frame.readableBytes();
    }

    /** The bytes of all frames, with their vnet headers. */
    public long readableBytes() {
        long bytes = 0;
        for (int i = first; i < end; i++) {
            bytes += lengthAt(i);
        }
        return bytes;
    }

    /** Where the frames lie that are no buffers yet; {@code null} if there never was one. For devices. */
    public FrameStore store() {
        return store;
    }

    /**
     * Whether a frame is no buffer yet, but in the {@link #store()}.
     *
     * @param index 0 for the first
     * @throws IndexOutOfBoundsException if there are not so many
     */
    public boolean isStored(int index) {
        return frames[at(index)] == null;
    }

    /**
     * The place of a frame that is no buffer yet. It stays the batch's.
     *
     * @param index 0 for the first
     */
    public long place(int index) {
        return places[at(index)];
    }

    /**
     * Takes out the first frames, which are all no buffers yet, and whose places are the caller's from now on.
     *
     * @throws IndexOutOfBoundsException if there are not so many
     */
    public void removeStored(int count) {
        Objects.checkFromIndexSize(0, count, size());
        first += count;
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
        // Netty asks for it at every handler, and unless leaks are to be traced nobody listens.
        if (ResourceLeakDetector.getLevel().ordinal() >= ResourceLeakDetector.Level.ADVANCED.ordinal()) {
            for (int i = first; i < end; i++) {
                if (frames[i] != null) {
                    frames[i].touch(hint);
                }
            }
        }
        return this;
    }

    @Override
    protected void deallocate() {
        while (first < end) {
            ByteBuf frame = frames[first];
            if (frame == null) {
                giveBack();
            } else {
                frames[first++] = null;
                ReferenceCountUtil.safeRelease(frame);
            }
        }
        first = 0;
        end = 0;
        store = null;
        if (frames.length > LONGEST_KEPT) {
            frames = new ByteBuf[USUAL];
            places = NO_PLACES;
        }
        handle.recycle(this);
    }

    private void giveBack() {
        int from = first;
        do {
            first++;
        } while (first < end && frames[first] == null);
        store.giveBack(places, from, first);
    }

    @Override
    public String toString() {
        return "FrameBatch(" + size() + " frames, " + readableBytes() + " bytes)";
    }
}
