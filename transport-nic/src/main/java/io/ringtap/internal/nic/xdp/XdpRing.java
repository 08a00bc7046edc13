/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.nic.xdp;

import io.ringtap.internal.unix.SharedMapping;
import io.ringtap.internal.unix.SystemCallException;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * One of the four rings of an AF_XDP socket: shared memory of the kernel and this process, with one producer and one
 * consumer.
 *
 * <pre>
 *   producer  u32   counts what was produced, modulo 2^32; written by the producer alone
 *   consumer  u32   counts what was consumed; written by the consumer alone
 *   flags     u32   XDP_RING_NEED_WAKEUP, written by the kernel
 *   entries         a power of two of them: struct xdp_desc (rx, tx) or u64 (fill, completion)
 * </pre>
 *
 * <p>Memory order: the producer writes entries, and then its counter with release; the consumer reads that counter with
 * acquire before it reads entries, and writes its own counter with release once it has done with them, which the
 * producer reads with acquire before it writes those entries again. Each side reads its own counter plainly. On the
 * event loop.
 */
public final class XdpRing {
    private static final VarHandle INT =
        MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.nativeOrder());

    private final SharedMapping mapping;
    private final ByteBuffer memory;
    private final int producerAt;
    private final int consumerAt;
    private final int flagsAt;
    private final int entriesAt;
    private final int entrySize;
    private final int size;
    /** What this side has written to its own counter, or will. */
    private int own;

    private XdpRing(SharedMapping mapping, ByteBuffer memory, ByteBuffer offsets, int at, int entrySize, int size) {
        this.mapping = mapping;
        this.memory = memory;
        producerAt = (int) offsets.getLong(at);
        consumerAt = (int) offsets.getLong(at + 8);
        entriesAt = (int) offsets.getLong(at + 16);
        flagsAt = (int) offsets.getLong(at + 24);
        this.entrySize = entrySize;
        this.size = size;
    }

    /**
     * Maps a ring that a socket has.
     *
     * @param offsets struct xdp_mmap_offsets
     * @param at where in it those of this ring begin
     * @param size how many entries
     * @param page the offset that stands for this ring
     */
    static XdpRing map(int fd, ByteBuffer offsets, int at, int entrySize, int size, long page)
        throws SystemCallException {
        long bytes = offsets.getLong(at + 16) + (long) size * entrySize;
        SharedMapping mapping = SharedMapping.map(fd, bytes, page);
        return new XdpRing(mapping, mapping.buffer(0, (int) bytes), offsets, at, entrySize, size);
    }

    /**
     * As the producer: how many entries can be written.
     *
     * @throws IOException if the consumer's counter cannot be right
     */
    int free() throws IOException {
        return size - pending();
    }

    /**
     * As the producer: how many entries the consumer has not consumed.
     *
     * @throws IOException if the consumer's counter cannot be right
     */
    int pending() throws IOException {
        return checked(own - (int) INT.getAcquire(memory, consumerAt), "are left");
    }

    /** As the producer: where the entry lies that comes so many behind the last published one. */
    int entryToWrite(int ahead) {
        return entryAt(own + ahead);
    }

    /** As the producer: hands entries that were written to the consumer. */
    void publish(int count) {
        own += count;
        INT.setRelease(memory, producerAt, own);
    }

    /**
     * As the consumer: how many entries there are to read.
     *
     * @throws IOException if the producer's counter cannot be right
     */
    int available() throws IOException {
        return checked((int) INT.getAcquire(memory, producerAt) - own, "are ready");
    }

    private int checked(int entries, String are) throws IOException {
        if (entries < 0 || entries > size) {
            throw new IOException("a ring of the AF_XDP socket is corrupt: it says that "
                + Integer.toUnsignedString(entries) + " entries of " + size + ' ' + are);
        }
        return entries;
    }

    /** As the consumer: where the entry lies that comes so many behind the next one. */
    int entryToRead(int ahead) {
        return entryAt(own + ahead);
    }

    /** As the consumer: gives entries that were read back to the producer. */
    void consume(int count) {
        own += count;
        INT.setRelease(memory, consumerAt, own);
    }

    private int entryAt(int counter) {
        return entriesAt + (counter & size - 1) * entrySize;
    }

    /** Where entries are read and written, by the places that this object tells. */
    ByteBuffer memory() {
        return memory;
    }

    /** Whether the kernel waits for a system call before it goes on with this ring. */
    boolean needsWakeUp() {
        return ((int) INT.getAcquire(memory, flagsAt) & AfXdp.XDP_RING_NEED_WAKEUP) != 0;
    }

    void unmap() {
        mapping.unmap();
    }
}
