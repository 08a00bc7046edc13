/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.nic.xdp;

import io.netty.channel.EventLoop;
import io.ringtap.ethernet.DeviceMemory;
import io.ringtap.internal.buffer.LeakSampler;

import java.util.concurrent.atomic.AtomicLong;

/**
 * The chunks of one socket in a {@link Umem}. As many as the fill ring has entries are always in that ring, in the
 * receive ring, or with the kernel. The others are free, sent, or lent.
 *
 * <p>A received frame is lent to the pipeline where it lies, and a free chunk goes to the kernel in its place. A frame
 * that is written to a socket of the same memory is sent from there; its owner gets a free chunk of that socket
 * instead. Half of the chunks that are not the kernel's are never lent, so that there are always some to send with;
 * what comes in while all others are lent is copied.
 *
 * <p>The handle of a frame is its address in the memory, with its length in the upper half. Chunks come back on the
 * event loop without a lock, and from other threads with one.
 *
 * <p>Used on the event loop, except where stated.
 */
public final class UmemPool implements DeviceMemory {
    /** The most chunks that are lent at a time. */
    public static final int MOST_LENT = XdpSocket.RING / 2;

    private final Umem umem;
    private final int number;
    private final LeakSampler leaks = new LeakSampler();
    private final int[] free = new int[UmemKind.CHUNKS_EACH];
    private int freeCount;
    /** How many chunks are lent, including those in {@link #back}. */
    private int out;
    private final AtomicLong lent = new AtomicLong();
    private final AtomicLong forwarded = new AtomicLong();
    /** The event loop that serves the socket; a thread that reads it sees its own only if that is the one. */
    private EventLoop loop;
    private volatile boolean closed;
    /** Chunks that came back on other threads. Guarded by the lock. */
    private final int[] back = new int[MOST_LENT];
    private volatile int backCount;

    /** Takes the chunks of a socket, whose memory has room for it. With the class of the memory locked. */
    UmemPool(Umem umem, XdpSocket socket) {
        this.umem = umem;
        number = umem.join(socket, free);
        freeCount = free.length;
    }

    /** The event loop that serves the socket from now on; {@code null} when it stops. Called on that event loop. */
    void servedBy(EventLoop now) {
        loop = now;
    }

    private boolean isOpenHere() {
        EventLoop mine = loop;
        return mine != null && mine.inEventLoop() && !closed;
    }

    Umem umem() {
        return umem;
    }

    /** How many frames were lent. Any thread. */
    public long lent() {
        return lent.get();
    }

    /** How many frames were sent from where they had been received, without a copy. Any thread. */
    public long forwarded() {
        return forwarded.get();
    }

    static long handle(int address, int length) {
        return (long) length << 32 | address;
    }

    static int address(long handle) {
        return (int) handle;
    }

    @Override
    public int length(long handle) {
        return (int) (handle >>> 32);
    }

    @Override
    public long getLong(long handle, int offset) {
        return umem.getLong(address(handle) + offset);
    }

    /** How many free chunks there are. */
    int free() {
        return freeCount;
    }

    /** Takes a free chunk for the kernel to fill; there is one. */
    int toKernel() {
        int chunk = free[--freeCount];
        umem.put(chunk, number, Umem.KERNEL);
        return chunk;
    }

    /** Takes a free chunk to send; there is one. */
    int toSend() {
        int chunk = free[--freeCount];
        umem.put(chunk, number, Umem.SENT);
        return chunk;
    }

    /** Whether a chunk is the kernel's to fill, and this socket's. */
    boolean isFilled(int chunk) {
        return umem.is(chunk, number, Umem.KERNEL);
    }

    /** A chunk that the kernel says was sent is free; whether it had been. */
    boolean sent(int chunk) {
        if (!umem.is(chunk, number, Umem.SENT)) {
            return false;
        }
        free(chunk);
        return true;
    }

    /** A chunk was not sent after all. */
    void free(int chunk) {
        umem.put(chunk, number, Umem.FREE);
        free[freeCount++] = chunk;
    }

    /** How many frames may be lent now, of so many. */
    int lendable(int wanted) {
        if (backCount != 0 && (out + wanted > MOST_LENT || freeCount < wanted)) {
            collect();
        }
        return Math.min(wanted, Math.min(MOST_LENT - out, freeCount));
    }

    /** Lends a chunk that the kernel has filled; one is {@linkplain #lendable lendable}. */
    void lend(int chunk) {
        umem.put(chunk, number, Umem.LENT);
        out++;
    }

    /** Counts frames that were lent. */
    void countLent(int count) {
        lent.lazySet(lent.get() + count);
    }

    /** Counts frames that were sent without a copy. */
    void countForwarded(int count) {
        forwarded.lazySet(forwarded.get() + count);
    }

    /**
     * Has a chunk with a lent frame of a socket of the same memory be this socket's to send; there is a free chunk.
     *
     * @return the chunk that its owner gets in its place, and has to be given back to it
     */
    int exchange(int theirs, UmemPool owner) {
        int mine = free[--freeCount];
        umem.put(theirs, number, Umem.SENT);
        umem.put(mine, owner.number, Umem.LENT);
        return mine;
    }

    @Override
    public UmemBuf take(long handle) {
        int address = address(handle);
        int chunk = umem.chunkOf(address);
        int offset = (int) (address - umem.addressOf(chunk));
        UmemBuf frame = isOpenHere() ? object(chunk) : new UmemBuf(umem, chunk).sampled();
        return frame.lend(this, offset, length(handle));
    }

    /** The object for a chunk that will be lent: one that is used once, if it gets a leak record. */
    private UmemBuf object(int chunk) {
        if (leaks.isDue()) {
            return new UmemBuf(umem, chunk).tracked();
        }
        UmemBuf frame = umem.object(chunk);
        if (frame == null || !frame.isReusable()) {
            frame = new UmemBuf(umem, chunk);
            umem.keep(chunk, frame);
        }
        return frame;
    }

    @Override
    public void giveBack(long[] handles, int from, int to) {
        if (isOpenHere()) {
            for (int i = from; i < to; i++) {
                free(umem.chunkOf(address(handles[i])));
            }
            out -= to - from;
            return;
        }
        for (int i = from; i < to; i++) {
            giveBackElsewhere(umem.chunkOf(address(handles[i])));
        }
    }

    /** Gives a lent chunk back, or one that has taken its place. Any thread. */
    void giveBack(int chunk) {
        if (isOpenHere()) {
            free(chunk);
            out--;
        } else {
            giveBackElsewhere(chunk);
        }
    }

    private void giveBackElsewhere(int chunk) {
        synchronized (this) {
            if (!closed) {
                int count = backCount;
                back[count] = chunk;
                backCount = count + 1;
                return;
            }
        }
        umem.giveBackOrphan(chunk);
    }

    private synchronized void collect() {
        for (int i = 0; i < backCount; i++) {
            free(back[i]);
        }
        out -= backCount;
        backCount = 0;
    }

    /** The socket is closed. Memory of lent frames stays until they are released. */
    void close() {
        int stillOut;
        synchronized (this) {
            collect();
            closed = true;
            stillOut = out;
        }
        umem.leave(number, stillOut);
    }
}
