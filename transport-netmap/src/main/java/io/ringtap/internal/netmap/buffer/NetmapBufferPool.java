/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.buffer;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.netty.util.collection.IntObjectHashMap;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import io.ringtap.ethernet.DeviceMemory;
import io.ringtap.ethernet.FrameBatch;
import io.ringtap.internal.buffer.LeakSampler;
import io.ringtap.internal.netmap.layout.NetmapLayout.Slot;
import io.ringtap.internal.netmap.port.NetmapPort;
import io.ringtap.internal.netmap.ring.NetmapBuffers;
import io.ringtap.internal.netmap.ring.NetmapExtraBuffers;
import io.ringtap.internal.netmap.ring.NetmapRxRing;
import io.ringtap.internal.netmap.ring.NetmapTxRing;

import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Lends received frames to the pipeline without copying them. The slot of a frame is given a spare buffer, and the full
 * buffer is passed on as a {@link ByteBuf}. When the last reference to it is released, on any thread, the buffer
 * becomes a spare. If the frame is written to a port of the same memory region, its buffer is put into a transmit slot
 * by its index, and the buffer that was in that slot becomes the spare instead.
 *
 * <p>The port lends as many buffers as it was granted extra ones; further frames are copied. When a channel is closed
 * while buffers are lent, its port stays open, or <em>pinned</em>, until the last of them is back.
 *
 * <p>A release calls nothing here while the port is open. Lending looks at whether the buffer that was lent longest ago
 * has been released meanwhile, so a release needs neither a lock nor another atomic operation.
 *
 * <p>In a batch a frame is lent without an object: its handle is the {@link Slot#word} of its slot. The pool only
 * counts the handles that are out. They come back on the event loop without a lock, and from other threads with one.
 *
 * <p>Used on the event loop, except where stated.
 */
public final class NetmapBufferPool implements DeviceMemory {
    /** The largest number of buffers that a port can be asked to lend. */
    public static final int MAX_CAPACITY = 65536;
    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(NetmapBufferPool.class);
    /** If there are no spares, this many lent buffers are examined for each frame, to find one that was released. */
    private static final int SEARCH = 16;
    /** The largest number of frames that are lent to a batch, or written from one, at a time. */
    private static final int RUN = 256;

    private final NetmapPort port;
    private final NetmapExtraBuffers spares;
    /** For access to the bytes of frames; {@code null} if the port receives nothing. */
    private final NetmapBuffers buffers;
    private final LeakSampler leaks = new LeakSampler();
    /**
     * The object of each buffer that was lent before, which is used again. An object that has a leak record is used
     * once, and is called loose.
     */
    private final IntObjectHashMap<NetmapByteBuf> objects = new IntObjectHashMap<>();
    /**
     * A queue of the buffers that are lent and were not seen to be back; the oldest is in front, except for those that
     * are held for long.
     */
    private final NetmapByteBuf[] queue;
    private int first;
    private int queued;
    /** What was in the slots that are exchanged together. */
    private final long[] exchanged = new long[RUN];
    private final AtomicLong lent = new AtomicLong();
    private final AtomicLong copied = new AtomicLong();
    private final AtomicLong swapped = new AtomicLong();
    /**
     * The event loop that serves the port; {@code null} while the channel changes its loop. A thread that reads it sees
     * its own event loop only if that is the one.
     */
    private EventLoop loop;
    /** How many handles are out, including those in {@link #back}. */
    private int placesOut;
    private volatile boolean closed;
    /** The handles that came back on other threads. These and the following fields are guarded by the lock. */
    private final int[] back;
    private volatile int backCount;
    /** How many buffers and handles are still out after the pool was closed. */
    private int outstanding;

    public NetmapBufferPool(NetmapPort port) {
        this.port = port;
        spares = port.extraBuffers();
        buffers = port.rxRings().isEmpty() ? null : port.rxRings().get(0).buffers();
        queue = new NetmapByteBuf[Math.max(1, spares.capacity())];
        back = new int[spares.capacity()];
    }

    /** The event loop that serves the port from now on; {@code null} when it stops. Called on that event loop. */
    public void servedBy(EventLoop now) {
        loop = now;
    }

    private boolean isOpenHere() {
        EventLoop mine = loop;
        return mine != null && mine.inEventLoop() && !closed;
    }

    /** How many buffers it can lend. Any thread. */
    public int capacity() {
        return spares.capacity();
    }

    /** How many frames were lent. Any thread. */
    public long lent() {
        return lent.get();
    }

    /** How many received frames were copied. Any thread. */
    public long copied() {
        return copied.get();
    }

    /** How many written frames went into a slot by index. Any thread. */
    public long swapped() {
        return swapped.get();
    }

    /**
     * The frame that {@link NetmapRxRing#next()} found, as a buffer for the pipeline; {@code null} if it has to be
     * copied. The slot of the frame has another buffer now, and still has to be released.
     */
    public NetmapByteBuf lend(NetmapRxRing ring) {
        int spare = ring.frameSlots() == 1 ? spare() : 0;
        if (spare == 0) {
            copied.lazySet(copied.get() + 1);
            return null;
        }
        NetmapByteBuf frame;
        try {
            frame = object(ring.fragmentBuffer(0));
        } catch (Throwable noHeap) {
            // The frame is still in its slot.
            spares.put(spare);
            throw noHeap;
        }
        lent.lazySet(lent.get() + 1);
        ring.replaceBuffer(spare);
        if (frame.isLoose()) {
            placesOut++;
        }
        return hold(frame, ring.fragmentOffset(0), ring.fragmentLength(0));
    }

    /** The object for a buffer that will be lent: a loose one if it gets a leak record. */
    private NetmapByteBuf object(int index) {
        if (leaks.isDue()) {
            return newBuffer(index, true).tracked();
        }
        NetmapByteBuf frame = objects.get(index);
        if (frame == null || !frame.isReusable()) {
            frame = newBuffer(index, false);
            objects.put(index, frame);
        }
        return frame;
    }

    private NetmapByteBuf hold(NetmapByteBuf frame, int offset, int length) {
        if (frame.isLoose()) {
            return frame.lend(offset, length);
        }
        if (frame.isQueued()) {
            // The frame was swapped, and its buffer was received again before its return was noticed. It stays in the
            // queue.
            spares.put(frame.returns());
        } else {
            queue[at(queued++)] = frame;
            frame.queued(true);
        }
        return frame.lend(offset, length);
    }

    private NetmapByteBuf newBuffer(int index, boolean loose) {
        return new NetmapByteBuf(this, buffers.slice(index), buffers.addressOf(index), index, loose);
    }

    /**
     * Lends frames to a batch and releases their slots, until there are no spares or a frame takes several slots.
     *
     * @return how many frames were lent
     */
    public int lend(NetmapRxRing ring, FrameBatch batch, int max) {
        int wanted = Math.min(Math.min(max, RUN), ring.available());
        if (spares.count() < wanted) {
            collectAny();
            while (spares.count() < wanted && queued != 0 && queue[first].isBack()) {
                spares.put(takeFirst());
            }
        }
        int possible = Math.min(wanted, spares.count());
        // This comes first: if there is no memory for the handles, frames that were taken out of their slots would be
        // lost.
        batch.ensureRoom(this, possible);
        int count = ring.exchange(exchanged, spares, possible);
        batch.add(this, exchanged, count);
        placesOut += count;
        lent.lazySet(lent.get() + count);
        return count;
    }

    /**
     * Takes back what came on other threads. It takes the lock only if there is something, as it is called for each
     * frame while spares are short.
     */
    private void collectAny() {
        if (backCount != 0) {
            collect();
        }
    }

    private synchronized void collect() {
        placesOut -= backCount;
        for (int i = 0; i < backCount; i++) {
            spares.put(back[i]);
        }
        backCount = 0;
    }

    @Override
    public int length(long handle) {
        return Slot.length(handle);
    }

    @Override
    public long getLong(long handle, int offset) {
        return buffers.getLong(Slot.bufferIndex(handle), offset);
    }

    /**
     * {@inheritDoc} On other threads than the one that serves the port, and for a frame with a leak record, the buffer
     * is a loose object, and its handle stays out. It takes some 250 bytes; the objects on the thread of the port are
     * used again.
     */
    @Override
    public NetmapByteBuf take(long handle) {
        int index = Slot.bufferIndex(handle);
        if (!isOpenHere()) {
            return newBuffer(index, true).sampled().lend(0, Slot.length(handle));
        }
        NetmapByteBuf frame = object(index);
        if (!frame.isLoose()) {
            placesOut--;
        }
        return hold(frame, 0, Slot.length(handle));
    }

    @Override
    public void giveBack(long[] handles, int from, int to) {
        if (isOpenHere()) {
            for (int i = from; i < to; i++) {
                spares.put(Slot.bufferIndex(handles[i]));
            }
            placesOut -= to - from;
        } else if (giveBackElsewhere(handles, from, to)) {
            closePort();
        }
    }

    /** Returns whether the pool is closed and nothing is out any more. */
    private synchronized boolean giveBackElsewhere(long[] handles, int from, int to) {
        int count = backCount;
        for (int i = from; i < to; i++) {
            back[count++] = Slot.bufferIndex(handles[i]);
        }
        backCount = count;
        return closed && (outstanding -= to - from) == 0;
    }

    /**
     * A free buffer, if one is soon found; 0 if not. That of the oldest frame comes first, as it is still in the CPU's
     * cache.
     */
    private int spare() {
        if (queued != 0 && queue[first].isBack()) {
            return takeFirst();
        }
        if (spares.count() == 0) {
            collectAny();
        }
        int spare = spares.take();
        return spare != 0 ? spare : search();
    }

    private int search() {
        for (int i = Math.min(queued, SEARCH); i > 0; i--) {
            NetmapByteBuf frame = queue[first];
            if (frame.isBack()) {
                return takeFirst();
            }
            // It is held for long, so it is moved behind the others.
            first = at(1);
            queue[at(queued - 1)] = frame;
        }
        return 0;
    }

    private int takeFirst() {
        NetmapByteBuf frame = queue[first];
        first = at(1);
        queued--;
        frame.queued(false);
        frame.freeReplacement();
        return frame.returns();
    }

    private int at(int place) {
        int i = first + place;
        return i < queue.length ? i : i - queue.length;
    }

    /**
     * Puts a lent frame into a slot by its index, if it is a whole buffer of the same region with one reference.
     *
     * @return {@code false} if it has to be copied, or there is no room
     */
    public boolean swap(NetmapTxRing ring, ByteBuf frame) {
        if (!(frame instanceof NetmapByteBuf mine) || !mine.pool().port.sharesRegionWith(port) || !mine.isWhole()) {
            return false;
        }
        int other = ring.exchange(mine.index(), mine.readerIndex(), mine.readableBytes());
        if (other == 0) {
            return false;
        }
        mine.becomes(other);
        swapped.lazySet(swapped.get() + 1);
        return true;
    }

    /**
     * Puts lent frames of a batch into slots by their indices, if they lie in the memory of a port of the same region.
     * Their handles no longer belong to the batch.
     *
     * @return how many, from the first one on; the others have to be copied, or there is no room
     */
    public int swap(NetmapTxRing ring, FrameBatch frames, int max) {
        if (!(frames.memory() instanceof NetmapBufferPool owner) || !owner.port.sharesRegionWith(port)) {
            return 0;
        }
        int count = ring.exchange(frames, exchanged, Math.min(max, frames.size()));
        if (count != 0) {
            owner.giveBack(exchanged, 0, count);
            swapped.lazySet(swapped.get() + count);
        }
        return count;
    }

    /** A lent buffer is back. Any thread. */
    void released(NetmapByteBuf frame) {
        if (frame.isLoose()) {
            frame.freeReplacement();
            giveBack(new long[] {Slot.word(frame.returns(), 0, 0)}, 0, 1);
            return;
        }
        // The flag is read after the reference count was written, and close() writes the flag before it reads the
        // count, so at least one of the two threads sees the other.
        if (closed && isLast(frame)) {
            closePort();
        }
    }

    private synchronized boolean isLast(NetmapByteBuf frame) {
        // If this thread is late, the return of the frame may have been noticed before, and it may even be lent again.
        if (!frame.isQueued() || frame.isSettled() || !frame.isBack()) {
            return false;
        }
        frame.settle();
        return --outstanding == 0;
    }

    /** Closes the port, at once or when the last lent buffer is back. */
    public void close() {
        int left;
        synchronized (this) {
            closed = true;
            VarHandle.fullFence();
            collect();
            outstanding = placesOut;
            for (int i = 0; i < queued; i++) {
                NetmapByteBuf frame = queue[at(i)];
                if (frame.isBack()) {
                    frame.settle();
                } else {
                    outstanding++;
                }
            }
            left = outstanding;
            if (left != 0) {
                port.stop();
                port.pin();
            }
        }
        if (left == 0) {
            closePort();
        } else {
            LOGGER.debug("{} stays open until {} lent buffers are released", port, left);
        }
    }

    private void closePort() {
        collect();
        while (queued != 0) {
            spares.put(takeFirst());
        }
        port.close();
    }
}
