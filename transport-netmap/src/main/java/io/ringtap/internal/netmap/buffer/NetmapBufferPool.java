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
 * Lends received frames to the pipeline without copying them: the slot is given a spare buffer, and the full one goes
 * up as a {@link ByteBuf} whose last release, on any thread, makes it a spare. Written to a port of the same memory
 * region, such a frame is put into a slot by its index, and what was in the slot becomes the spare instead.
 *
 * <p>There are as many lent buffers as the port was granted extra ones; beyond that frames are copied. The port of a
 * channel that is closed stays open, pinned, until the last lent buffer is back.
 *
 * <p>A release does nothing here while the port is open: lending looks whether the buffer lent longest ago has been
 * released meanwhile, and so pays neither for a lock nor for an atomic operation of its own.
 *
 * <p>In a batch a frame is lent without an object: its handle is the {@link Slot#word} of its slot. Of handles
 * the pool knows only how many are out; they come back on the event loop without a lock, from elsewhere with one. On
 * the event loop, but where said.
 */
public final class NetmapBufferPool implements DeviceMemory {
    /** How many buffers a port can be asked for to lend. */
    public static final int MAX_CAPACITY = 65536;
    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(NetmapBufferPool.class);
    /** How many held buffers are looked at for one that is free, for each frame, when there are no spares. */
    private static final int SEARCH = 16;
    /** How many frames are lent to a batch, or go out of it, at a time. */
    private static final int RUN = 256;

    private final NetmapPort port;
    private final NetmapExtraBuffers spares;
    /** For their bytes alone; {@code null} if the port receives nothing. */
    private final NetmapBuffers buffers;
    private final LeakSampler leaks = new LeakSampler();
    /** Every buffer that was lent once has its object, which is used again; one whose leaks are tracked is loose. */
    private final IntObjectHashMap<NetmapByteBuf> objects = new IntObjectHashMap<>();
    /** A queue of those that were lent and not yet seen to be back; the oldest in front, but for long held ones. */
    private final NetmapByteBuf[] queue;
    private int first;
    private int queued;
    /** What was in the slots of a run. */
    private final long[] exchanged = new long[RUN];
    private final AtomicLong lent = new AtomicLong();
    private final AtomicLong copied = new AtomicLong();
    private final AtomicLong swapped = new AtomicLong();
    /** The event loop that the port is served on; {@code null} between two. A thread finds its own here or none. */
    private EventLoop loop;
    /** How many handles are out, those {@link #back} among them. */
    private int placesOut;
    private volatile boolean closed;
    /** What came back on other threads; under the lock, as what follows. */
    private final int[] back;
    private volatile int backCount;
    /** How many are still out after closing. */
    private int outstanding;

    public NetmapBufferPool(NetmapPort port) {
        this.port = port;
        spares = port.extraBuffers();
        buffers = port.rxRings().isEmpty() ? null : port.rxRings().get(0).buffers();
        queue = new NetmapByteBuf[Math.max(1, spares.capacity())];
        back = new int[spares.capacity()];
    }

    /** The port has come to an event loop, or left it, with {@code null}. On that loop. */
    public void servedBy(EventLoop now) {
        loop = now;
    }

    private boolean isOpenHere() {
        EventLoop mine = loop;
        return mine != null && mine.inEventLoop() && !closed;
    }

    /** How many buffers it has to lend. Any thread. */
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
     * The frame that {@link NetmapRxRing#next()} found, as a buffer of the pipeline's; {@code null} if it has to be
     * copied. The frame's slot has another buffer now, and is still to be released.
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

    /** The object of a buffer that is to be lent: one of its own if its leak is to be noticed. */
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
            // It was swapped away, and its buffer has come round before its return was seen. It keeps its place.
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
     * Lends frames to a batch, and gives their slots back, until there are no spares or a frame is not alone in a slot.
     *
     * @return how many there were
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
        // First, as frames that were taken out of their slots would be lost if there were no memory for their handles.
        batch.ensureRoom(this, possible);
        int count = ring.exchange(exchanged, spares, possible);
        batch.add(this, exchanged, count);
        placesOut += count;
        lent.lazySet(lent.get() + count);
        return count;
    }

    /** Without the lock where there is nothing: who runs short of buffers asks for each frame. */
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
     * {@inheritDoc} On another thread than the port's, and where its leak is to be noticed, it is an object of its own,
     * whose handle stays out: it costs some 250 bytes, where those of the port's thread are used again.
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

    /** Returns whether nothing is out any more of a pool that is closed. */
    private synchronized boolean giveBackElsewhere(long[] handles, int from, int to) {
        int count = backCount;
        for (int i = from; i < to; i++) {
            back[count++] = Slot.bufferIndex(handles[i]);
        }
        backCount = count;
        return closed && (outstanding -= to - from) == 0;
    }

    /** A buffer nobody has, if one is soon found: that of the oldest frame, which is still in the cache, first. */
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
            // Held for long: behind the others with it, so that it does not stand in their way.
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
     * Puts a lent frame into a slot by index, if it is the whole of a buffer of the same region and nobody else has it.
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
     * Puts lent frames of a batch into slots by index, if they are in the memory of a port of the same region. Their
     * handles are no longer the batch's.
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
        // Read after the reference count was written, as close() writes it before it reads the count: one of us sees
        // the other.
        if (closed && isLast(frame)) {
            closePort();
        }
    }

    private synchronized boolean isLast(NetmapByteBuf frame) {
        // A thread that comes late may find its frame seen, and even lent again, before.
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
