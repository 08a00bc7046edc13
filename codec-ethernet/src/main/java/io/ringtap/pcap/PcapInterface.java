/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.pcap;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import io.ringtap.ethernet.FrameDirection;

import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/**
 * One interface of a capture: what its frames are filed under, and its counters. Any thread.
 */
public final class PcapInterface {
    private static final InternalLogger logger = InternalLoggerFactory.getInstance(PcapInterface.class);

    private final PcapWriter writer;
    private final int id;
    private final String name;
    private final LongSupplier systemDrops;
    private final LongAdder received = new LongAdder();
    private final LongAdder dropped = new LongAdder();
    private final LongAdder lost = new LongAdder();

    PcapInterface(PcapWriter writer, int id, String name, LongSupplier systemDrops) {
        this.writer = writer;
        this.id = id;
        this.name = name;
        this.systemDrops = systemDrops;
    }

    /** Its number in the files. */
    public int id() {
        return id;
    }

    /** Its name in the files. */
    public String name() {
        return name;
    }

    /** Frames given to {@link #write}, those that were dropped among them. */
    public long received() {
        return received.sum();
    }

    /**
     * Frames that did not get into a file: the queue was full, there was no memory for the copy, or they are {@link
     * #lost()}.
     */
    public long dropped() {
        return dropped.sum() + lost.sum();
    }

    /** Frames among those dropped for which there was no file: it could not be written, or the writer was closed. */
    public long lost() {
        return lost.sum();
    }

    /**
     * Why the writer has ended before it was closed; {@link #lost()} counts the frames since, and some before.
     *
     * @return null as long as it has not
     */
    public Throwable failure() {
        return writer.failure();
    }

    /** What the operating system says to have dropped, -1 if that is not known. */
    long systemDrops() {
        try {
            return systemDrops.getAsLong();
        } catch (RuntimeException e) {
            logger.debug("Drops of {} not known", name, e);
            return -1;
        }
    }

    /**
     * Queues a copy of a frame, stamped with the time now, for the writer's thread. Never blocks on the disk.
     *
     * @param alloc where the copy comes from
     * @param frame left as it is, its indices and reference count too
     * @param skip bytes after the reader index that are no part of the frame, such as a vnet header
     * @return false if the frame was dropped, and counted
     */
    public boolean write(ByteBufAllocator alloc, ByteBuf frame, int skip, FrameDirection direction) {
        received.increment();
        if (writer.hasEnded()) {
            lost.increment();
            return false;
        }
        int length = frame.readableBytes() - skip;
        int captured = Math.min(length, writer.snapLength());
        int blockLength = PcapngBlocks.PACKET_OVERHEAD + PcapngBlocks.padded(Math.max(captured, 0));
        if (length < 0 || !writer.reserve(blockLength)) {
            dropped.increment();
            return false;
        }
        ByteBuf block = null;
        try {
            block = alloc.buffer(blockLength, blockLength);
            PcapngBlocks.writePacket(block, id, writer.now(), direction, frame, frame.readerIndex() + skip, length,
                captured);
        } catch (Throwable cause) {
            writer.unreserve(blockLength);
            dropped.increment();
            if (block != null) {
                block.release();
            }
            throw cause;
        }
        writer.enqueue(block);
        return true;
    }

    /** Counts a frame that was queued and then could not be written. */
    void countLost() {
        lost.increment();
    }
}
