/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap;

import io.netty.buffer.ByteBuf;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Lends received frames to the pipeline without copying them: the slot is given a spare buffer, and the full one goes
 * up as a {@link ByteBuf} whose last release, on any thread, makes it a spare. Written to a port of the same memory
 * region, such a frame is put into a slot by its index, and what was in the slot becomes the spare instead.
 *
 * <p>There are as many lent buffers as the port was granted extra ones; beyond that frames are copied. The port of a
 * channel that is closed stays open, pinned, until the last lent buffer is back.
 */
final class NetmapBufferPool {
    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(NetmapBufferPool.class);

    private final NetmapPort port;
    private final NetmapExtraBuffers spares;
    private final int regionId;
    private final NetmapDriver driver;
    /** Every buffer that was lent once has its object, which is used again. */
    private final Map<Integer, NetmapByteBuf> objects = new HashMap<>();
    private final AtomicLong lent = new AtomicLong();
    private final AtomicLong copied = new AtomicLong();
    private final AtomicLong swapped = new AtomicLong();
    private int outstanding;
    private boolean closed;

    NetmapBufferPool(NetmapPort port) {
        this.port = port;
        spares = port.extraBuffers();
        regionId = port.registration().memoryId();
        driver = port.driver();
    }

    /** How many frames were lent. Any thread. */
    long lent() {
        return lent.get();
    }

    /** How many received frames were copied. Any thread. */
    long copied() {
        return copied.get();
    }

    /** How many written frames went into a slot by index. Any thread. */
    long swapped() {
        return swapped.get();
    }

    /**
     * The frame that {@link NetmapRxRing#next()} found, as a buffer of the pipeline's; {@code null} if it has to be
     * copied. The frame's slot has another buffer now, and is still to be released.
     */
    NetmapByteBuf lend(NetmapRxRing ring) {
        int spare = 0;
        if (ring.frameSlots() == 1) {
            synchronized (this) {
                spare = spares.take();
                if (spare != 0) {
                    outstanding++;
                }
            }
        }
        if (spare == 0) {
            copied.lazySet(copied.get() + 1);
            return null;
        }
        lent.lazySet(lent.get() + 1);
        int slot = ring.head();
        int offset = (int) ring.offset(slot);
        int length = ring.length(slot);
        int index = ring.exchange(slot, spare);
        NetmapByteBuf object = objects.get(index);
        if (object == null) {
            ByteBuffer memory = ring.buffers().at(index, 0, ring.bufferSize()).slice();
            object = new NetmapByteBuf(this, memory, index);
            objects.put(index, object);
        }
        return object.lend(offset, length);
    }

    /**
     * Puts a lent frame into a slot by index, if it is the whole of a buffer of the same region and nobody else has it.
     *
     * @return {@code false} if it has to be copied, or there is no room
     */
    boolean swap(NetmapTxRing ring, ByteBuf frame) {
        if (!(frame instanceof NetmapByteBuf mine) || !mine.pool().sharesRegionWith(this) || !mine.isWhole()
            || ring.available() == 0 || ring.offset(ring.head()) != mine.readerIndex()
            || !ring.buffers().holds(ring.bufferIndex(ring.head()))) {
            return false;
        }
        int slot = ring.head();
        int index = mine.index();
        ring.set(slot, mine.readableBytes(), 0);
        mine.becomes(ring.exchange(slot, index));
        ring.advance(ring.next(slot));
        swapped.lazySet(swapped.get() + 1);
        return true;
    }

    private boolean sharesRegionWith(NetmapBufferPool other) {
        return regionId == other.regionId && driver == other.driver;
    }

    /** A lent buffer is back. Any thread. */
    void back(int index) {
        boolean last;
        synchronized (this) {
            spares.put(index);
            last = --outstanding == 0 && closed;
        }
        if (last) {
            Netmap.unpin(port);
            port.close();
        }
    }

    /** Closes the port, at once or when the last lent buffer is back. On the event loop. */
    void close() {
        boolean now;
        int left;
        synchronized (this) {
            closed = true;
            left = outstanding;
            now = left == 0;
            if (!now) {
                port.stop();
                Netmap.pin(port);
            }
        }
        if (now) {
            port.close();
        } else {
            LOGGER.debug("{} stays open until {} lent buffers are released", port, left);
        }
    }
}
