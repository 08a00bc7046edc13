/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vhost;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import io.netty.util.collection.LongObjectHashMap;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import io.ringtap.ethernet.DeviceMemory;
import io.ringtap.ethernet.FrameBatch;
import io.ringtap.internal.vhost.queue.FrameInput;
import io.ringtap.internal.vhost.queue.FrameOutput;

import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.RejectedExecutionException;

/**
 * The frames of a queue that lie in a {@link FrameBatch}, and still in the memory of the other side.
 *
 * <pre>
 *   lent ---- giveBack, or take: a copy is made ----&gt; given back to the other side
 *     |
 *     +------ copyOut ----&gt; given back, and a copy waits for the owner of the handle
 * </pre>
 *
 * <p>The other side may change a frame for as long as it is lent. Its length stays, and so do its first {@value
 * FrameInput#HEAD} bytes, which are read once before it is lent; what is further behind is read when it is used. A
 * frame is never lent for long: all are copied out when the rings are left, when the channel leaves its event loop, and
 * when nothing more can be read before some are back. So an owner that keeps a batch stops neither the other side nor
 * the end of its memory. Buffers are kept back for as many frames as are lent, so that none is lost when
 * memory ends. If there is nothing to copy from any more, a frame without bytes takes its place, which every device
 * refuses.
 *
 * <p>Handles have the length of a frame in their lower bits, and its number in the queue above it. Most calls come on
 * the event loop of the queue. Others take a lock, and never touch the queue itself.
 */
final class LentFrames implements DeviceMemory {
    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(LentFrames.class);
    private static final int LENGTH_BITS = 20;
    /** Longer frames are not lent. */
    static final int MOST_BYTES = 2048;

    private final Lender lender;
    /** {@code null} while the queue has no event loop, and then nothing is lent. */
    private volatile EventLoop loop;
    /** {@code null} when the queue is left. Changed on the event loop, with the lock. */
    private FrameInput in;
    /** Frames that were copied out, by their handle. Guarded by this. */
    private final LongObjectHashMap<ByteBuf> copies = new LongObjectHashMap<>();
    /** Whether there are any. */
    private volatile boolean copied;
    /** As many buffers as frames are lent at least, for when there is no memory to copy them to. Guarded by this. */
    private final Deque<ByteBuf> reserve = new ArrayDeque<>();

    LentFrames(FrameInput in, Lender lender, EventLoop loop) {
        this.in = in;
        this.lender = lender;
        this.loop = loop;
    }

    /**
     * Makes sure that so many frames can be lent at the same time without one being lost for lack of memory.
     *
     * @throws OutOfMemoryError if there is not enough for that
     */
    synchronized void reserve(int frames) {
        while (reserve.size() < frames) {
            reserve.add(lender.allocator().directBuffer(MOST_BYTES, MOST_BYTES));
        }
    }

    /** A buffer for a lent frame. */
    private ByteBuf buffer(int length) {
        try {
            return lender.allocator().directBuffer(length);
        } catch (OutOfMemoryError none) {
            ByteBuf reserved;
            synchronized (this) {
                reserved = reserve.poll();
            }
            if (reserved == null) {
                throw none;
            }
            return reserved;
        }
    }

    /** The handle of a frame that was just taken out of the queue, and whose first bytes are read now. */
    long lend(long frame) {
        in.getLong(frame, 0);
        return frame << LENGTH_BITS | in.length(frame);
    }

    /** The event loop that the queue is on from now on; {@code null} if it leaves one. On the event loop. */
    void servedBy(EventLoop now) {
        if (now == null) {
            copyOut();
        }
        loop = now;
    }

    private boolean isHere() {
        EventLoop mine = loop;
        return mine != null && mine.inEventLoop();
    }

    @Override
    public int length(long handle) {
        return (int) handle & (1 << LENGTH_BITS) - 1;
    }

    private static long frame(long handle) {
        return handle >>> LENGTH_BITS;
    }

    @Override
    public long getLong(long handle, int offset) {
        if (!copied && isHere()) {
            return read(handle, offset);
        }
        synchronized (this) {
            ByteBuf copy = copies.get(handle);
            if (copy == null) {
                return read(handle, offset);
            }
            return copy.isReadable() ? copy.getLong(copy.readerIndex() + offset) : 0;
        }
    }

    private long read(long handle, int offset) {
        if (offset <= FrameInput.HEAD - Long.BYTES) {
            return in.getLong(frame(handle), offset);
        }
        try {
            long value = in.getLong(frame(handle), offset);
            lender.settle();
            return value;
        } catch (InternalError fault) {
            lender.memoryLost(fault);
            return 0;
        }
    }

    @Override
    public ByteBuf take(long handle) {
        if (!copied && isHere()) {
            ByteBuf frame = copy(handle);
            if (in != null) {
                in.giveBack(frame(handle));
                lender.returned();
            } else {
                removeCopy(handle);
            }
            return frame;
        }
        synchronized (this) {
            ByteBuf frame = removeCopy(handle);
            if (frame != null) {
                return frame;
            }
            frame = copy(handle);
            giveBackOne(handle);
            return frame;
        }
    }

    private synchronized ByteBuf removeCopy(long handle) {
        ByteBuf copy = copies.remove(handle);
        copied = !copies.isEmpty();
        return copy;
    }

    /** Without positions and limits of the windows, as the event loop may use them at the same time. */
    private ByteBuf copy(long handle) {
        int length = length(handle);
        ByteBuf frame = buffer(length);
        try {
            if (isHere()) {
                in.read(frame(handle), frame);
            } else {
                in.copy(frame(handle), 0, length, frame.nioBuffer(0, length).order(ByteOrder.LITTLE_ENDIAN), 0);
                frame.writerIndex(length);
            }
            lender.settle();
            return frame;
        } catch (InternalError fault) {
            // It may show something that was in the buffer before.
            frame.release();
            lender.memoryLost(fault);
            return Unpooled.EMPTY_BUFFER;
        } catch (RuntimeException | Error failed) {
            frame.release();
            throw failed;
        }
    }

    @Override
    public void giveBack(long[] handles, int from, int to) {
        if (!copied && isHere()) {
            if (in != null) {
                for (int i = from; i < to; i++) {
                    in.giveBack(frame(handles[i]));
                }
                lender.returned();
            }
            return;
        }
        for (int i = from; i < to; i++) {
            giveBackOne(handles[i]);
        }
    }

    private synchronized void giveBackOne(long handle) {
        ByteBuf copy = removeCopy(handle);
        if (copy != null) {
            copy.release();
        } else if (in == null) {
            return;
        } else if (isHere()) {
            in.giveBack(frame(handle));
            lender.returned();
        } else {
            giveBackLater(handle);
        }
    }

    private void giveBackLater(long handle) {
        try {
            loop.execute(() -> giveBackOne(handle));
        } catch (RejectedExecutionException ended) {
            // The channel closes, or is closed: the queue was left or will be, with all that is lent.
            LOGGER.trace("The event loop of a queue has ended");
        }
    }

    /** Whether frames of this memory can be written from here as they are. */
    boolean isUsable() {
        return in != null && isHere();
    }

    /**
     * Writes a frame into another queue. It stays lent. On the event loop.
     *
     * @return as {@link FrameOutput#write(FrameInput, long)}; {@link FrameOutput#REFUSED} if it was copied out
     */
    int write(long handle, FrameOutput out) {
        if (copied) {
            synchronized (this) {
                if (copies.containsKey(handle)) {
                    return FrameOutput.REFUSED;
                }
            }
        }
        return out.write(in, frame(handle));
    }

    /** Gives back the first frames of a batch, which are all lent and not copied out. On the event loop. */
    void giveBack(FrameBatch batch, int count) {
        for (int i = 0; i < count; i++) {
            in.giveBack(frame(batch.handle(i)));
        }
        lender.returned();
    }

    Lender lender() {
        return lender;
    }

    /** Copies all that is lent, and gives it back. On the event loop. */
    void copyOut() {
        if (in != null && in.lent() > 0) {
            try {
                copyAll();
                lender.settle();
            } catch (InternalError fault) {
                loseAll();
                lender.memoryLost(fault);
            }
        }
    }

    private synchronized void copyAll() {
        // The oldest first: the other side gets them back in order.
        for (long frame = Math.max(0, in.next() - FrameInput.MOST_LENT); in.lent() > 0; frame++) {
            if (in.isLent(frame)) {
                int length = in.length(frame);
                ByteBuf copy = buffer(length);
                copies.put(frame << LENGTH_BITS | length, copy);
                copied = true;
                in.read(frame, copy);
                in.giveBack(frame);
            }
        }
        lender.returned();
    }

    /** What was copied may show something that was in the buffers before, and what was not cannot be. */
    private synchronized void loseAll() {
        for (LongObjectHashMap.PrimitiveEntry<ByteBuf> entry : copies.entries()) {
            ByteBuf copy = entry.value();
            entry.setValue(Unpooled.EMPTY_BUFFER);
            copy.release();
        }
        // Nothing is given back: the ring is in the memory that is gone.
        for (long frame = in == null ? 0 : Math.max(0, in.next() - FrameInput.MOST_LENT);
             in != null && frame < in.next(); frame++) {
            if (in.isLent(frame)) {
                copies.put(frame << LENGTH_BITS | in.length(frame), Unpooled.EMPTY_BUFFER);
                copied = true;
            }
        }
    }

    /**
     * The queue is left. On the event loop, or when there is none.
     *
     * @param readable whether the memory of the other side is there
     */
    void end(boolean readable) {
        if (readable) {
            copyOut();
        } else {
            loseAll();
        }
        synchronized (this) {
            in = null;
            for (ByteBuf unused; (unused = reserve.poll()) != null;) {
                unused.release();
            }
        }
    }
}
