/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.embedded;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.ringtap.internal.netmap.driver.NetmapMemory;
import io.ringtap.internal.netmap.layout.NetmapLayout;
import io.ringtap.netmap.NetmapError;
import io.ringtap.netmap.NetmapException;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * A region of direct memory that grows. It consists of segments, and another segment is added when the existing ones
 * have no room for a port, a pipe or lent buffers. Segments stay until the last user of the region releases it. What is
 * freed in them is used again first.
 *
 * <pre>
 *   offset  0                                   n windows
 *           [buffers | netmap_ifs | rings]....  [buffers | netmap_ifs | rings]..
 *   index   0 1 2 ...                           n * buffers of a window ...
 * </pre>
 *
 * <p>Buffer i begins at offset i * 2048 in every segment. All windows have the same size, and each segment begins at
 * the start of a window, so the index of a buffer gives its window, and the window gives the segment. Between the end
 * of a segment and the next window there is no memory. The first segment lies within the first window, so a region that
 * never grew has one window only.
 *
 * <p>The records of what is in use are guarded by the lock of the {@link JvmNetmap}. The memory itself is read and
 * written from any thread, each part by its owner. A thread that has an index received it from a thread that saw the
 * segment being added.
 */
final class EmbeddedMemory extends NetmapMemory {
    static final int BUFFER_SIZE = 2048;
    private static final int MAX_WINDOWS = 256;
    private static final int MIN_WINDOW_BUFFERS = 4096;
    private static final int MIN_LENT = 16;
    private static final int MIB = 1 << 20;

    private final int id;
    private final ByteBufAllocator allocator;
    private final List<EmbeddedSegment> segments = new ArrayList<>();
    private final int windowShift;
    /**
     * For each window: the bytes of its segment, the index of the first buffer of the segment, and the index after its
     * last.
     */
    private final ByteBuffer[] windows = new ByteBuffer[MAX_WINDOWS];
    private final int[] first = new int[MAX_WINDOWS];
    private final int[] end = new int[MAX_WINDOWS];
    private int windowCount;

    /**
     * A region that has no memory yet.
     *
     * @param buffers how many buffers the first segment will have
     */
    EmbeddedMemory(int id, ByteBufAllocator allocator, int buffers) {
        super(0);
        this.id = id;
        this.allocator = allocator;
        int least = Math.max(MIN_WINDOW_BUFFERS, 1 + (int) (EmbeddedSegment.bytes(buffers + NetmapLayout.FIRST_BUFFER,
            4 * JvmNetmap.MAX_RINGS, JvmNetmap.MAX_SLOTS) / BUFFER_SIZE));
        windowShift = Integer.SIZE - Integer.numberOfLeadingZeros(least - 1);
    }

    /**
     * Makes sure that there is room for a number of rings and buffers.
     *
     * @param slots how many slots each ring has
     * @param extraBuffers how many more buffers are wanted, if there is memory for them too
     * @throws NetmapException ENOMEM if the JVM cannot allocate enough direct memory
     */
    void reserve(String port, int rings, int slots, int buffers, int extraBuffers) throws NetmapException {
        int missingRings = rings;
        int missingBuffers = buffers;
        for (EmbeddedSegment segment : segments) {
            missingRings -= segment.freeRings(slots);
            missingBuffers -= segment.freeBuffers();
        }
        missingRings = Math.max(0, missingRings);
        for (int lent = extraBuffers;; lent = lent / 2 < MIN_LENT ? 0 : lent / 2) {
            int all = Math.max(0, missingBuffers + lent);
            if (missingRings == 0 && all == 0) {
                return;
            }
            try {
                add(port, missingRings, slots, all);
                return;
            } catch (NetmapException noMemory) {
                // Lent buffers only make a port faster; it works without them.
                if (lent == 0) {
                    if (missingRings == 0 && missingBuffers <= 0) {
                        return;
                    }
                    throw noMemory;
                }
            }
        }
    }

    private void add(String port, int rings, int slots, int buffers) throws NetmapException {
        int reserved = segments.isEmpty() ? NetmapLayout.FIRST_BUFFER : 0;
        int count = buffers + reserved;
        // The largest segment has 32 rings of 4096 slots, 32 more rings that share their buffers, and 65536 buffers to
        // lend: 388 MiB.
        long bytes = EmbeddedSegment.bytes(count, rings, slots);
        int more = (int) ((bytes - 1 >> windowShift) / BUFFER_SIZE) + 1;
        if (windowCount + more > MAX_WINDOWS) {
            throw new NetmapException(NetmapError.ENOMEM, port + ": memory region " + id + " of the embedded netmap "
                + "cannot grow any more, from " + (size() + MIB - 1) / MIB + " MiB by " + (bytes + MIB - 1) / MIB
                + ": open the port in another region");
        }
        ByteBuf memory;
        try {
            memory = allocator.directBuffer((int) bytes, (int) bytes);
        } catch (OutOfMemoryError e) {
            throw new NetmapException(NetmapError.ENOMEM, port + ": the direct memory of this JVM does not hold "
                + (bytes + MIB - 1) / MIB + " MiB more, for " + rings + " rings of " + slots + " slots and " + buffers
                + " buffers: raise -XX:MaxDirectMemorySize, or ask for fewer rings or slots (" + e.getMessage() + ')');
        }
        EmbeddedSegment segment = new EmbeddedSegment(memory, windowCount << windowShift, count, reserved, rings,
            slots);
        segments.add(segment);
        for (int i = 0; i < more; i++) {
            int window = windowCount + i;
            windows[window] = segment.bytes();
            first[window] = segment.firstBuffer();
            end[window] = Math.min(segment.firstBuffer() + count, window + 1 << windowShift);
        }
        windowCount += more;
        size((long) segment.firstBuffer() * BUFFER_SIZE + bytes);
    }

    int id() {
        return id;
    }

    /** The offset of a buffer in {@link #bytes}, by its index; -1 if there is no such buffer. */
    int buffer(int index) {
        int window = index >> windowShift;
        return index >= NetmapLayout.FIRST_BUFFER && window < MAX_WINDOWS && index < end[window]
            ? (index - first[window]) * BUFFER_SIZE : -1;
    }

    /** The memory that contains a buffer, for absolute access only. The index is one that {@link #buffer} finds. */
    ByteBuffer bytes(int index) {
        return windows[index >> windowShift];
    }

    private EmbeddedSegment segment(int window) {
        for (EmbeddedSegment segment : segments) {
            if (segment.firstBuffer() == first[window]) {
                return segment;
            }
        }
        throw new IndexOutOfBoundsException("window " + window);
    }

    private static long offset(EmbeddedSegment segment, int within) {
        return (long) segment.firstBuffer() * BUFFER_SIZE + within;
    }

    private int window(long offset) {
        return (int) (offset / BUFFER_SIZE >> windowShift);
    }

    /**
     * The offset of a new {@code netmap_if}, filled with zeros.
     *
     * @throws NetmapException ENOMEM if the JVM cannot allocate more direct memory
     */
    long newInterface(String port) throws NetmapException {
        while (true) {
            for (EmbeddedSegment segment : segments) {
                int within = segment.newInterface();
                if (within >= 0) {
                    return offset(segment, within);
                }
            }
            add(port, 0, 0, 0);
        }
    }

    /** The offset of a new ring, filled with zeros; -1 if there is no room for a ring of so many slots. */
    long newRing(int slots) {
        for (EmbeddedSegment segment : segments) {
            int within = segment.newRing(slots);
            if (within >= 0) {
                return offset(segment, within);
            }
        }
        return -1;
    }

    /** Frees a {@code netmap_if} or a ring. */
    void free(long offset) {
        EmbeddedSegment segment = segment(window(offset));
        segment.free((int) (offset - offset(segment, 0)));
    }

    /** The index of a free buffer; 0 if there is none. */
    int newBuffer() {
        for (int i = 0; i < segments.size(); i++) {
            int index = segments.get(i).newBuffer();
            if (index >= 0) {
                return index;
            }
        }
        return 0;
    }

    void zeroBuffer(int index) {
        segment(index >> windowShift).zeroBuffer(index);
    }

    /**
     * Frees a buffer.
     *
     * @return {@code false} if the index is out of range or the buffer is free already, which is a mistake of the
     *     program
     */
    boolean freeBuffer(int index) {
        return buffer(index) >= 0 && segment(index >> windowShift).freeBuffer(index);
    }

    /** How many buffers are in use, without the reserved ones. */
    int usedBuffers() {
        int used = -NetmapLayout.FIRST_BUFFER;
        for (EmbeddedSegment segment : segments) {
            used += segment.bufferCount() - segment.freeBuffers();
        }
        return used;
    }

    /** How many segments there are. */
    int segments() {
        return segments.size();
    }

    /** The size of the first segment in bytes. */
    int firstSegmentSize() {
        return segments.get(0).bytes().capacity();
    }

    @Override
    protected ByteBuffer map(long offset, int length) {
        int window = window(offset);
        long within = offset - (long) first[window] * BUFFER_SIZE;
        return windows[window].slice((int) within, length).order(ByteOrder.nativeOrder());
    }

    @Override
    public long maxSize() {
        return (long) MAX_WINDOWS << windowShift + Integer.numberOfTrailingZeros(BUFFER_SIZE);
    }

    @Override
    public int windowSize() {
        return (int) Math.min(1 << 30, (long) BUFFER_SIZE << windowShift);
    }

    @Override
    public int bufferBytes(long offset, int max) {
        int window = window(offset);
        long there = window >= MAX_WINDOWS ? 0 : (long) end[window] * BUFFER_SIZE - offset;
        return (int) Math.max(0, Math.min(max, there));
    }

    @Override
    protected void deallocate() {
        segments.forEach(EmbeddedSegment::release);
    }
}
