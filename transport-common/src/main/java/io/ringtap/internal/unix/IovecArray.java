/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.unix;

import io.netty.buffer.ByteBuf;

import java.nio.ByteBuffer;

/**
 * An array of struct iovec ({@code sys/uio.h}: a pointer and a size_t, 16 bytes on every LP64 system) that a writev(2)
 * gathers one frame from. Direct parts are named where they lie; a heap part is copied into scratch memory first, as
 * native code cannot reach it. One a channel, reused for every frame, used on its event loop only.
 */
public final class IovecArray {
    /** What POSIX calls IOV_MAX, on Linux ({@code linux/uio.h}, UIO_MAXIOV) and FreeBSD ({@code sys/limits.h}). */
    public static final int IOV_MAX = 1024;

    private static final int ENTRY = 16;
    private static final int INITIAL_SCRATCH = 4096;

    private final NativeMemory entries = NativeMemory.allocate(IOV_MAX * ENTRY);
    private final NativeMemory prefix;
    private NativeMemory scratch;
    private int count;
    private int scratchUsed;

    /** An array whose frames are written as they are. */
    public IovecArray() {
        this(null);
    }

    /**
     * An array whose frames each have the same bytes in front of them.
     *
     * @param prefix those bytes, which stay the caller's; {@code null} for none
     */
    public IovecArray(NativeMemory prefix) {
        this.prefix = prefix;
    }

    /** Gives its memory back: it is not used any more. */
    public void free() {
        entries.free();
        if (scratch != null) {
            scratch.free();
        }
    }

    /** Where the first struct lies. */
    public long address() {
        return entries.address();
    }

    /** How many structs are filled. */
    public int count() {
        return count;
    }

    /** The address of one entry's memory, for tests and single-part writes. */
    public long base(int entry) {
        return entries.buffer().getLong(entry * ENTRY);
    }

    /** The length of one entry's memory. */
    public long length(int entry) {
        return entries.buffer().getLong(entry * ENTRY + 8);
    }

    /**
     * Fills the array with the readable bytes of one frame, whatever it is made of; empty parts are left out. The
     * buffer has to stay alive and unchanged until the write has returned.
     */
    public void fill(ByteBuf frame) {
        clear();
        append(frame);
    }

    /** Empties the array. */
    public void clear() {
        count = 0;
        scratchUsed = 0;
    }

    /** Takes out the entries that were added last: so many stay. */
    public void truncate(int entries) {
        count = Math.min(count, entries);
    }

    /**
     * Adds the readable bytes of one frame behind those of others, whatever it is made of; an empty array has room for
     * any. The buffer has to stay alive and unchanged until the write has returned.
     *
     * @return whether there was room
     */
    public boolean append(ByteBuf frame) {
        return append(frame, 0);
    }

    /**
     * The same without the first bytes of the frame.
     *
     * @param skipped how many readable bytes are left out
     */
    public boolean append(ByteBuf frame, int skipped) {
        int index = frame.readerIndex() + skipped;
        int length = frame.readableBytes() - skipped;
        int room = IOV_MAX - count - (prefix == null ? 0 : 1);
        ByteBuffer[] parts = null;
        if (frame.nioBufferCount() != 1) {
            parts = frame.nioBuffers(index, length);
        } else if (frame.isDirect()) {
            if (room < 1) {
                return false;
            }
            addPrefix();
            add(NativeMemory.addressOf(frame, index, length), length);
            return true;
        }
        if (parts == null || parts.length > IOV_MAX - (prefix == null ? 0 : 1)) {
            return room >= 1 && copy(frame, index, length);
        }
        // Room for every heap part is made first: growing the scratch later would move what an entry points to.
        int heap = 0;
        for (ByteBuffer part : parts) {
            heap += part.isDirect() ? 0 : part.remaining();
        }
        if (parts.length > room || !reserve(heap)) {
            return false;
        }
        addPrefix();
        for (ByteBuffer part : parts) {
            if (part.isDirect()) {
                add(NativeMemory.baseAddress(part) + part.position(), part.remaining());
            } else {
                int at = scratchUsed;
                int n = part.remaining();
                scratchUsed += n;
                if (n > 0) {
                    scratch.buffer().put(at, part, part.position(), n);
                    add(scratch.address() + at, n);
                }
            }
        }
        return true;
    }

    /**
     * Writes the readable bytes of one frame with one system call, and again if a signal interrupts it.
     *
     * @return the bytes written or a negative error number
     */
    public long write(int fd, ByteBuf frame) {
        int length = frame.readableBytes();
        long n;
        do {
            if (prefix == null && frame.nioBufferCount() == 1 && frame.isDirect()) {
                n = SystemCalls.write(fd, NativeMemory.addressOf(frame, frame.readerIndex(), length), length);
            } else {
                fill(frame);
                n = SystemCalls.writev(fd, this);
            }
        } while (Errno.EINTR.is(n));
        return n;
    }

    private void add(long address, int length) {
        if (length == 0) {
            return;
        }
        entries.buffer().putLong(count * ENTRY, address);
        entries.buffer().putLong(count * ENTRY + 8, length);
        count++;
    }

    private void addPrefix() {
        if (prefix != null) {
            add(prefix.address(), prefix.size());
        }
    }

    private boolean copy(ByteBuf frame, int index, int length) {
        if (!reserve(length)) {
            return false;
        }
        addPrefix();
        int at = scratchUsed;
        scratchUsed += length;
        ByteBuffer target = scratch.buffer();
        target.limit(at + length).position(at);
        frame.getBytes(index, target);
        target.clear();
        add(scratch.address() + at, length);
        return true;
    }

    /** Sees to it that there are so many bytes of scratch, which does not move while an entry points to it. */
    private boolean reserve(int bytes) {
        if (scratch != null && bytes <= scratch.size() - scratchUsed) {
            return true;
        }
        if (scratchUsed > 0) {
            return false;
        }
        if (scratch != null) {
            scratch.free();
            scratch = null;
        }
        scratch = NativeMemory.allocate(Math.max(INITIAL_SCRATCH, Integer.highestOneBit(Math.max(1, bytes)) * 2));
        return true;
    }
}
