/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.ring;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ringtap.internal.netmap.driver.NetmapMemory;
import io.ringtap.internal.netmap.layout.NetmapLayout;
import io.ringtap.internal.netmap.layout.NetmapLayout.Slot;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The packet buffers of a region, by index. A region can be larger than a {@link ByteBuffer}, so it is divided into
 * windows. Each window holds a number of buffers that is a power of two, as a division would cost more than everything
 * else that is done for a short frame. A region may also grow by whole windows. Such a window is mapped when an index
 * in it is first used.
 *
 * <p>It belongs to one port and is used by one thread, except where stated. Methods take indices for which {@link
 * #holds} returns true.
 */
public final class NetmapBuffers {
    /**
     * The largest size of a window, a power of two: buffers of the usual sizes then do not cross the end of a window.
     */
    static final int WINDOW = 1 << 30;
    private static final boolean LITTLE_ENDIAN = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;

    private final NetmapMemory memory;
    private final long base;
    private final int bufferSize;
    private final int windowShift;
    private final int withinWindow;
    /** How many buffers each window has; 0 if it is not mapped yet, or does not exist. */
    private final int[] counts;
    /** How many windows are mapped. If there is one, it is the first. */
    private int mapped;
    /** The indices from low up to high, without the latter, are all valid. */
    private int low;
    private int high;
    /** For absolute access only. */
    private final ByteBuffer[] windows;
    /** The same memory, for access by position and limit. */
    private final ByteBuffer[] cursors;
    /** The same memory, for copies to and from buffers that know their address, for which Netty has a faster way. */
    private final ByteBuf[] views;
    private final boolean addressed;
    /** The addresses of the windows, for copies of short frames; {@code null} if Netty does not know them. */
    private final long[] addresses;

    /**
     * The buffers from an offset to the end of a region.
     *
     * @param base where buffer 0 begins
     * @param maxWindow the largest window to map, in bytes, at least one buffer
     */
    NetmapBuffers(NetmapMemory memory, long base, int bufferSize, int maxWindow) {
        this.memory = memory;
        this.base = base;
        this.bufferSize = bufferSize;
        int perWindow = Integer.highestOneBit(Math.min(maxWindow, memory.windowSize()) / bufferSize);
        windowShift = Integer.numberOfTrailingZeros(perWindow);
        withinWindow = perWindow - 1;
        long most = Math.min(Integer.MAX_VALUE, (memory.maxSize() - base) / bufferSize);
        counts = new int[(int) ((most + perWindow - 1) / perWindow)];
        windows = new ByteBuffer[counts.length];
        cursors = new ByteBuffer[counts.length];
        views = new ByteBuf[counts.length];
        long[] where = new long[counts.length];
        boolean words = counts.length != 0;
        boolean know = counts.length != 0;
        for (int i = 0; i < counts.length; i++) {
            if (map(i)) {
                words &= WordCopy.isAvailable(views[i]);
                know &= views[i].hasMemoryAddress();
                where[i] = know ? views[i].memoryAddress() : 0;
            }
        }
        addressed = know;
        addresses = words ? where : null;
        preferWindowOf(NetmapLayout.FIRST_BUFFER);
    }

    /** Maps a window, if it exists. */
    private boolean map(int window) {
        long from = base + ((long) window << windowShift) * bufferSize;
        int count = memory.bufferBytes(from, bufferSize << windowShift) / bufferSize;
        if (count == 0) {
            return false;
        }
        windows[window] = memory.window(from, count * bufferSize);
        cursors[window] = windows[window].duplicate();
        views[window] = Unpooled.wrappedBuffer(windows[window].duplicate());
        counts[window] = count;
        mapped++;
        return true;
    }

    int bufferSize() {
        return bufferSize;
    }

    /** Whether these are the buffers of that size that begin at that place. */
    boolean are(NetmapMemory otherMemory, long otherBase, int otherSize) {
        return memory == otherMemory && base == otherBase && bufferSize == otherSize;
    }

    /** Whether a slot may hold this index, taken as unsigned. */
    public boolean holds(int index) {
        // Only this comparison is inlined into loops over slots. It is enough where a port has buffers of its own only.
        return index >= low && index < high || isElsewhere(index);
    }

    private boolean isElsewhere(int index) {
        int window = index >> windowShift;
        return index >= NetmapLayout.FIRST_BUFFER && window < counts.length
            && ((index & withinWindow) < counts[window] || counts[window] == 0 && appeared(index));
    }

    /** Makes the window of an index, and the windows that follow it without a gap, those that are checked first. */
    void preferWindowOf(int index) {
        if (holds(index)) {
            int window = index >> windowShift;
            low = Math.max(NetmapLayout.FIRST_BUFFER, window << windowShift);
            while (counts[window] > withinWindow && window + 1 < counts.length && counts[window + 1] != 0) {
                window++;
            }
            high = (window << windowShift) + counts[window];
        }
    }

    /** Looks for a window that was added when the region grew. Returns {@code false} if the index is not valid. */
    private boolean appeared(int index) {
        int window = index >> windowShift;
        if (!map(window)) {
            return false;
        }
        if (addresses != null) {
            addresses[window] = views[window].memoryAddress();
        }
        return (index & withinWindow) < counts[window];
    }

    private ByteBuffer window(int index) {
        return windows[index >> windowShift];
    }

    private ByteBuf view(int index) {
        return views[index >> windowShift];
    }

    private int start(int index, int offset) {
        return (index & withinWindow) * bufferSize + offset;
    }

    private ByteBuffer cursor(int index, int offset, int length) {
        int from = start(index, offset);
        return cursors[index >> windowShift].limit(from + length).position(from);
    }

    private long address(int index, int offset) {
        return addresses[index >> windowShift] + start(index, offset);
    }

    /** Appends part of a buffer to a frame with room for it. */
    void read(int index, int offset, int length, ByteBuf to) {
        if (addresses != null && WordCopy.suits(length) && WordCopy.reaches(to) && !to.isReadOnly()
            && length <= to.writableBytes()) {
            int at = to.writerIndex();
            // This only checks the bounds, and that the buffer was not released.
            to.getByte(at + length - 1);
            WordCopy.copy(address(index, offset), to.memoryAddress() + at, length);
            to.writerIndex(at + length);
        } else if (addressed && to.hasMemoryAddress()) {
            to.writeBytes(view(index), start(index, offset), length);
        } else {
            to.writeBytes(cursor(index, offset, length));
        }
    }

    /** Copies part of a frame, whose indices stay, into a buffer. */
    void write(int index, int offset, int length, ByteBuf from, int at) {
        if (writeShort(index, offset, length, from, at)) {
            return;
        }
        if (addressed && from.hasMemoryAddress()) {
            from.getBytes(at, view(index), start(index, offset), length);
        } else {
            from.getBytes(at, cursor(index, offset, length));
        }
    }

    /**
     * Copies a short part of a frame into a buffer. The method is small, so that the JIT inlines it into loops.
     *
     * @return {@code false} if the part is not short, or the bytes of the frame cannot be reached by an address;
     *     nothing is done then
     */
    boolean writeShort(int index, int offset, int length, ByteBuf from, int at) {
        if (addresses == null || !WordCopy.suits(length) || !WordCopy.reaches(from)) {
            return false;
        }
        // This only checks the bounds, and that the buffer was not released.
        from.getByte(at + length - 1);
        WordCopy.copy(from.memoryAddress() + at, address(index, offset), length);
        return true;
    }

    /**
     * Copies the beginning of a frame that knows its address into a buffer. The method is small, so that the JIT
     * inlines it into loops.
     *
     * @param to buffer and length, as {@link Slot#word}
     * @return {@code false} if the frame knows no address; nothing is done then
     */
    boolean writeAddressed(long to, ByteBuf from) {
        if (!addressed || !from.hasMemoryAddress()) {
            return false;
        }
        int index = Slot.bufferIndex(to);
        from.getBytes(from.readerIndex(), view(index), start(index, 0), Slot.length(to));
        return true;
    }

    /** Copies a short frame out of a buffer of another ring, in this region or another. */
    boolean writeShort(int index, int offset, int length, NetmapBuffers from, int fromIndex, int fromOffset) {
        if (addresses == null || !WordCopy.suits(length) || from.addresses == null) {
            return false;
        }
        WordCopy.copy(from.address(fromIndex, fromOffset), address(index, offset), length);
        return true;
    }

    /** Copies the beginning of a lent frame, which still has its own memory, into a buffer. */
    void writeLent(int index, int offset, int length, RegionBuf from) {
        int at = from.readerIndex();
        ByteBuffer memory = from.memory();
        if (addresses != null && from.address() != 0 && WordCopy.suits(length) && at <= memory.capacity() - length) {
            WordCopy.copy(from.address() + at, address(index, offset), length);
        } else {
            write(index, offset, length, memory, at);
        }
    }

    /** Copies part of a direct buffer into a buffer, regardless of the position and limit of both. */
    private void write(int index, int offset, int length, ByteBuffer from, int at) {
        window(index).put(start(index, offset), from, at, length);
    }

    /** Copies part of a buffer of another ring, in this region or another, into a buffer. */
    void write(int index, int offset, int length, NetmapBuffers from, int fromIndex, int fromOffset) {
        if (!writeShort(index, offset, length, from, fromIndex, fromOffset)) {
            write(index, offset, length, from.window(fromIndex), from.start(fromIndex, fromOffset));
        }
    }

    /**
     * Copies frames from the beginning of buffers of another ring to the beginning of buffers of this one.
     *
     * @param to slots as {@link Slot#word}, each with the buffer to copy into
     * @param full the slots with the buffers to copy from, and the lengths
     */
    void write(long[] to, NetmapBuffers from, long[] full, int count) {
        if (mapped != 1 || from.mapped != 1) {
            for (int i = 0; i < count; i++) {
                write(Slot.bufferIndex(to[i]), 0, Slot.length(full[i]), from, Slot.bufferIndex(full[i]), 0);
            }
            return;
        }
        ByteBuffer in = from.windows[0];
        ByteBuffer out = windows[0];
        for (int i = 0; i < count; i++) {
            int source = Slot.bufferIndex(full[i]) * from.bufferSize;
            out.put(Slot.bufferIndex(to[i]) * bufferSize, in, source, Slot.length(full[i]));
        }
    }

    /** A whole buffer, as a buffer of its own with position 0. */
    public ByteBuffer slice(int index) {
        return window(index).slice(start(index, 0), bufferSize);
    }

    /** The address of a buffer; 0 if Netty does not know it. Any thread. */
    public long addressOf(int index) {
        return addresses == null ? 0 : address(index, 0);
    }

    /** Eight bytes of a buffer in network byte order. Any thread. */
    public long getLong(int index, int offset) {
        long word = window(index).getLong(start(index, offset));
        return LITTLE_ENDIAN ? Long.reverseBytes(word) : word;
    }

    /** The index of the next buffer of a list, which is the u32 at the beginning of a free extra buffer. */
    public int link(int index) {
        return window(index).getInt(start(index, 0));
    }

    /** Writes the index of the next buffer. Nothing is done for an index that is not valid. */
    void link(int index, int next) {
        // An index that came from a slot of another port may be the first one in its window here.
        if (holds(index)) {
            window(index).putInt(start(index, 0), next);
        }
    }
}
