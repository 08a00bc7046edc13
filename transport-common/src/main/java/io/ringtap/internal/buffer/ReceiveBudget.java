/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.buffer;

import io.netty.util.concurrent.FastThreadLocal;
import io.netty.util.internal.SystemPropertyUtil;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How much memory the channels of one event loop hold for receiving. Memory is reserved when a buffer is made and
 * released when it is given up, never per frame. One buffer of each channel, without which it would receive nothing, is
 * granted beyond the limit.
 *
 * <p>When an allocator has found no memory, no channel of the loop asks again for a while. An attempt that fails may
 * last half a second, as the JVM collects garbage first, and the loop would be busy with nothing else.
 */
final class ReceiveBudget {
    /** A system property: the limit in bytes. */
    static final String PROPERTY = "io.ringtap.receiveMemoryPerEventLoop";
    private static final long DEFAULT_LIMIT = 4 << 20;
    private static final long SHORTEST_HOLD_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    /** A tenth of the time of the loop, at most, goes into attempts that fail. */
    private static final int HOLD_FACTOR = 9;

    private static final FastThreadLocal<ReceiveBudget> OF_THREAD = new FastThreadLocal<>() {
        @Override
        protected ReceiveBudget initialValue() {
            return new ReceiveBudget(SystemPropertyUtil.getLong(PROPERTY, DEFAULT_LIMIT));
        }
    };

    private final long limit;
    /** Changed by the event loop, but for a channel that is closed when it has left it. */
    private final AtomicLong held = new AtomicLong();
    private final AtomicInteger holders = new AtomicInteger();
    private int shortages;
    /** Why nobody asks the allocator now; {@code null} if everybody may. */
    private Throwable noMemory;
    private long heldBackAt;
    private long holdNanos;

    ReceiveBudget(long limit) {
        this.limit = limit;
    }

    /** That of the event loop whose thread this is. */
    static ReceiveBudget ofThisLoop() {
        return OF_THREAD.get();
    }

    /** Bytes that are held for receiving now. Any thread. */
    long held() {
        return held.get();
    }

    /**
     * Grants memory if the limit allows it. On the event loop.
     *
     * @param buffers how many of this size the holder has already
     */
    boolean tryReserve(int bytes, int buffers) {
        if (held.get() + bytes > limit) {
            if (buffers < share(bytes)) {
                shortages++;
            }
            return false;
        }
        reserve(bytes);
        return true;
    }

    /** Notes memory that is needed whatever the limit says. */
    void reserve(int bytes) {
        held.addAndGet(bytes);
    }

    /** Notes memory that is no longer held for receiving. Any thread. */
    void release(int bytes) {
        held.addAndGet(-bytes);
    }

    /** Somebody holds its first buffer. */
    void addHolder() {
        holders.incrementAndGet();
    }

    /** Somebody has given up its last buffer. Any thread. */
    void removeHolder() {
        holders.decrementAndGet();
    }

    /**
     * Notes that an allocator had no memory. On the event loop.
     *
     * @param cause what it has thrown; what is no lack of memory holds nobody back
     * @param begun when it was asked, by {@link System#nanoTime()}
     */
    void failed(Throwable cause, long begun) {
        if (cause instanceof OutOfMemoryError) {
            noMemory = cause;
            heldBackAt = System.nanoTime();
            holdNanos = Math.max(SHORTEST_HOLD_NANOS, HOLD_FACTOR * (heldBackAt - begun));
        }
    }

    /** Why the allocator is not to be asked now; {@code null} if it may be. On the event loop. */
    Throwable noMemory() {
        if (noMemory != null && System.nanoTime() - heldBackAt >= holdNanos) {
            noMemory = null;
        }
        return noMemory;
    }

    /** How often a holder was refused what would have been within its share. On the event loop. */
    int shortages() {
        return shortages;
    }

    /** How many buffers each holder may have if all want as many as they can have; 1 at least. */
    int share(int bytes) {
        return (int) Math.max(1, Math.min(Integer.MAX_VALUE, limit / Math.max(1, holders.get()) / Math.max(1, bytes)));
    }
}
