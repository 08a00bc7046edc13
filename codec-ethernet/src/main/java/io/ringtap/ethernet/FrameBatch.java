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
import io.netty.util.ResourceLeakDetectorFactory;
import io.netty.util.ResourceLeakTracker;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.PromiseCombiner;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;

import java.util.Arrays;
import java.util.Objects;

/**
 * Frames that travel through pipelines as one message, in order: the frames of one read round, or frames for one port.
 * A frame in a batch costs one array element. A frame that is a message of its own costs a pass through the pipeline
 * and an entry of the outbound buffer.
 *
 * <p>A batch owns its frames. A handler that receives a batch takes the frames out with {@link #poll()}, or passes the
 * batch on. Releasing a batch releases the frames that are left in it and recycles the batch object, which must not be
 * used any more. A batch has one user at a time: {@code retain()} keeps it alive, but does not make a second batch. An
 * {@link io.netty.buffer.EmptyByteBuf} that is written alone only marks a place in the stream of frames; in a batch it
 * is a frame of no bytes, and is refused.
 *
 * <p>A frame need not be a buffer yet. It may lie {@linkplain DeviceMemory where its device received it}, and becomes a
 * buffer when {@link #get} or {@link #poll} asks for it. A handler that only decides where a frame goes can use {@link
 * #length}, {@link #getLong} and {@link #moveTo}, which make no buffer.
 */
public final class FrameBatch extends AbstractReferenceCounted {
    /** The frames of one read round of a tap. */
    private static final int USUAL = 64;
    /** A longer array is not kept for the next user. */
    private static final int LONGEST_KEPT = 1024;
    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(FrameBatch.class);
    private static final ResourceLeakDetector<FrameBatch> DETECTOR =
        ResourceLeakDetectorFactory.instance().newResourceLeakDetector(FrameBatch.class);
    private static final long[] NO_HANDLES = { };

    private static final Recycler<FrameBatch> RECYCLER = new Recycler<>() {
        @Override
        protected FrameBatch newObject(Handle<FrameBatch> handle) {
            return new FrameBatch(handle);
        }
    };

    private final Recycler.Handle<FrameBatch> handle;
    /** {@code null} where a frame is still in device memory. */
    private ByteBuf[] frames = new ByteBuf[USUAL];
    /** Handles of frames that are no buffers; as long as {@link #frames} once there was such a frame. */
    private long[] handles = NO_HANDLES;
    private DeviceMemory memory;
    private int first;
    private int end;
    /** {@code null} if this batch is not tracked for leaks. */
    private ResourceLeakTracker<FrameBatch> leak;

    private FrameBatch(Recycler.Handle<FrameBatch> handle) {
        this.handle = handle;
    }

    /** An empty batch, to be released once. Any thread. */
    public static FrameBatch newInstance() {
        FrameBatch batch = RECYCLER.get();
        batch.setRefCnt(1);
        batch.leak = DETECTOR.track(batch);
        return batch;
    }

    /**
     * Puts a frame behind the others. The batch takes over the reference.
     *
     * @throws IllegalReferenceCountException if the batch was released; the frame stays the caller's
     */
    public FrameBatch add(ByteBuf frame) {
        Objects.requireNonNull(frame, "frame");
        int index = next();
        frames[index] = frame;
        return this;
    }

    /**
     * Puts a frame behind the others that is no buffer yet. The batch takes over the handle.
     *
     * @throws IllegalReferenceCountException if the batch was released; the handle stays the caller's
     */
    public FrameBatch add(DeviceMemory from, long handle) {
        boolean adopted = adopts(from);
        makeRoom(1);
        if (adopted) {
            makePlaces();
            handles[end++] = handle;
        } else {
            ByteBuf frame = from.take(handle);
            frames[end++] = frame;
        }
        return this;
    }

    private void makePlaces() {
        if (handles.length < frames.length) {
            handles = Arrays.copyOf(handles, frames.length);
        }
    }

    /**
     * Puts frames behind the others that are no buffers yet. The batch takes over their handles.
     *
     * @param from a device memory
     * @param taken its handles, from index 0 on
     * @throws IllegalReferenceCountException if the batch was released; the handles stay the caller's
     */
    public FrameBatch add(DeviceMemory from, long[] taken, int count) {
        Objects.checkFromIndexSize(0, count, taken.length);
        if (!adopts(from)) {
            for (int i = 0; i < count; i++) {
                add(from, taken[i]);
            }
            return this;
        }
        makeRoom(count);
        makePlaces();
        System.arraycopy(taken, 0, handles, end, count);
        end += count;
        return this;
    }

    /**
     * Makes room for frames of a device memory, so that adding as many with {@link #add(DeviceMemory, long[], int)}
     * cannot fail for lack of heap memory. Useful where the frames have to be taken from another place first.
     *
     * @throws IllegalReferenceCountException if the batch was released
     */
    public void ensureRoom(DeviceMemory from, int count) {
        boolean adopted = adopts(from);
        makeRoom(count);
        if (adopted) {
            makePlaces();
        }
    }

    /** Whether frames of a device memory may lie in this batch, from now on at the latest. */
    private boolean adopts(DeviceMemory from) {
        requireNotReleased();
        if (memory == null || memory != from && isEmpty()) {
            memory = Objects.requireNonNull(from, "from");
        }
        return memory == from;
    }

    private void requireNotReleased() {
        if (refCnt() == 0) {
            throw new IllegalReferenceCountException(0);
        }
    }

    private int next() {
        requireNotReleased();
        makeRoom(1);
        return end++;
    }

    private void makeRoom(int count) {
        if (frames.length - end >= count) {
            return;
        }
        int size = size();
        int length = frames.length;
        // Half of the array is free afterwards, so that frames are not moved to its front again soon.
        while (size > length >> 1 || size + count > length) {
            length <<= 1;
        }
        ByteBuf[] from = frames;
        long[] fromHandles = handles;
        if (length != from.length) {
            // Allocated before either is replaced: if there is no memory, the batch stays as it is.
            ByteBuf[] larger = new ByteBuf[length];
            handles = fromHandles.length == 0 ? NO_HANDLES : new long[length];
            frames = larger;
        }
        System.arraycopy(from, first, frames, 0, size);
        Arrays.fill(frames, size, length, null);
        if (handles.length != 0) {
            System.arraycopy(fromHandles, first, handles, 0, size);
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
            frame = memory.take(handles[at]);
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
            // A frame that cannot be taken stays in the batch.
            frame = memory.take(handles[first]);
        }
        frames[first++] = null;
        return frame;
    }

    /**
     * Takes the first frame out and puts it behind those of another batch; a handle stays a handle.
     *
     * @throws IndexOutOfBoundsException if there is none
     */
    public void moveTo(FrameBatch other) {
        int at = at(0);
        ByteBuf frame = frames[at];
        if (frame != null) {
            other.add(frame);
            // At its present index: if both batches are the same, the frame may have been moved.
            frames[first] = null;
        } else {
            other.add(memory, handles[at]);
        }
        first++;
    }

    /**
     * Takes the first frames out and puts them behind those of another batch; handles stay handles.
     *
     * @param count 0 to {@link #size()}
     * @throws IndexOutOfBoundsException if there are not so many
     * @throws IllegalReferenceCountException if the other batch was released; the frames stay
     */
    public void moveTo(FrameBatch other, int count) {
        Objects.checkFromIndexSize(0, count, size());
        if (other == this || memory != null && !other.adopts(memory)) {
            for (int i = 0; i < count; i++) {
                moveTo(other);
            }
            return;
        }
        other.requireNotReleased();
        other.makeRoom(count);
        if (memory != null) {
            other.makePlaces();
        }
        System.arraycopy(frames, first, other.frames, other.end, count);
        Arrays.fill(frames, first, first + count, null);
        if (memory != null) {
            System.arraycopy(handles, first, other.handles, other.end, count);
        }
        other.end += count;
        first += count;
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
        return frame == null ? memory.getLong(handles[at], offset) : frame.getLong(frame.readerIndex() + offset);
    }

    private int at(int index) {
        if (index < 0 || index >= size()) {
            throw new IndexOutOfBoundsException("frame " + index + " of " + size());
        }
        return first + index;
    }

    private int lengthAt(int at) {
        ByteBuf frame = frames[at];
        return frame == null ? memory.length(handles[at]) : frame.readableBytes();
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
    public DeviceMemory memory() {
        return memory;
    }

    /**
     * Whether a frame is no buffer yet, but in the {@link #memory()}.
     *
     * @param index 0 for the first
     * @throws IndexOutOfBoundsException if there are not so many
     */
    public boolean isHandle(int index) {
        return frames[at(index)] == null;
    }

    /**
     * The handle of a frame that is no buffer yet. It stays the batch's.
     *
     * @param index 0 for the first
     */
    public long handle(int index) {
        return handles[at(index)];
    }

    /**
     * Takes out the first frames, which are all no buffers yet, and whose handles are the caller's from now on.
     *
     * @throws IndexOutOfBoundsException if there are not so many
     * @throws IllegalStateException if one of them is a buffer
     */
    public void removeHandles(int count) {
        Objects.checkFromIndexSize(0, count, size());
        for (int i = first; i < first + count; i++) {
            if (frames[i] != null) {
                throw new IllegalStateException("frame " + (i - first) + " is a buffer");
            }
        }
        first += count;
    }

    /** What a {@link FrameHandler} does with an inbound frame. */
    interface FrameReader {
        /** Takes over a frame. */
        void read(ByteBuf frame) throws Exception;
    }

    /** What a {@link FrameHandler} does with an outbound frame. */
    interface FrameWriter {
        /** Takes over a frame and its promise. */
        void write(ByteBuf frame, ChannelPromise promise) throws Exception;
    }

    /**
     * Takes out frame after frame and has each read, then releases the batch. An exception goes to the handler's {@code
     * exceptionCaught}, and the next frame is read. If the handler is removed meanwhile, what is left goes on without
     * it. On the event loop.
     */
    void readEach(ChannelHandlerContext ctx, FrameReader reader) {
        try {
            while (!isEmpty() && !ctx.isRemoved()) {
                ByteBuf frame = poll();
                try {
                    reader.read(frame);
                } catch (Throwable cause) {
                    tell(ctx, cause);
                }
            }
            if (!isEmpty()) {
                ctx.fireChannelRead(retain());
            }
        } finally {
            release();
        }
    }

    /** Handles an exception as Netty does that of a {@code channelRead}. */
    @SuppressWarnings("deprecation")
    private static void tell(ChannelHandlerContext ctx, Throwable cause) {
        try {
            ctx.handler().exceptionCaught(ctx, cause);
        } catch (Throwable second) {
            LOGGER.warn("{} has thrown an exception while it handled this one", ctx.name(), cause);
            LOGGER.debug("The exception that {} has thrown", ctx.name(), second);
        }
    }

    /**
     * Takes out frame after frame and has each written, then releases the batch. An exception fails the promise of its
     * frame, and the next frame is written. If the handler is removed meanwhile, what is left goes on without it. On
     * the event loop.
     *
     * @param promise of the batch: done when every frame's is, and failed with the first failure if one failed
     */
    void writeEach(ChannelHandlerContext ctx, ChannelPromise promise, FrameWriter writer) {
        try {
            if (promise.isVoid()) {
                for (ByteBuf frame; (frame = poll()) != null;) {
                    writeOne(ctx, frame, promise, writer);
                }
                return;
            }
            PromiseCombiner all = new PromiseCombiner(ctx.executor());
            for (ByteBuf frame; (frame = poll()) != null;) {
                ChannelPromise one = ctx.newPromise();
                all.add((Future<?>) one);
                writeOne(ctx, frame, one, writer);
            }
            all.finish(promise);
        } finally {
            release();
        }
    }

    private static void writeOne(ChannelHandlerContext ctx, ByteBuf frame, ChannelPromise promise,
                                 FrameWriter writer) {
        if (ctx.isRemoved()) {
            ctx.write(frame, promise);
            return;
        }
        try {
            writer.write(frame, promise);
        } catch (Throwable cause) {
            promise.tryFailure(cause);
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
        // Netty calls this at every handler, and the records are used only if leaks are traced.
        if (ResourceLeakDetector.getLevel().ordinal() >= ResourceLeakDetector.Level.ADVANCED.ordinal()) {
            if (leak != null) {
                leak.record(hint);
            }
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
        memory = null;
        if (frames.length > LONGEST_KEPT) {
            frames = new ByteBuf[USUAL];
            handles = NO_HANDLES;
        }
        if (leak != null) {
            leak.close(this);
            leak = null;
            if (ResourceLeakDetector.getLevel() == ResourceLeakDetector.Level.PARANOID) {
                // Not reused, so that a use after the release fails instead of finding the frames of the next user.
                return;
            }
        }
        handle.recycle(this);
    }

    private void giveBack() {
        int from = first;
        do {
            first++;
        } while (first < end && frames[first] == null);
        try {
            memory.giveBack(handles, from, first);
        } catch (Throwable cause) {
            // As with a buffer that cannot be released: the other frames are released all the same.
            LOGGER.warn("{} did not take back {} frames", memory, first - from, cause);
        }
    }

    @Override
    public String toString() {
        return "FrameBatch(" + size() + " frames, " + readableBytes() + " bytes)";
    }
}
