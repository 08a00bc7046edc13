/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.ethernet.pcap;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.ringtap.ethernet.FrameDirection;

import java.util.concurrent.atomic.LongAdder;

/**
 * One interface of a capture: what its frames are filed under, and its counters. Any thread.
 */
public final class PcapInterface {
    private final PcapWriter writer;
    private final int id;
    private final String name;
    private final LongAdder received = new LongAdder();
    private final LongAdder dropped = new LongAdder();

    PcapInterface(PcapWriter writer, int id, String name) {
        this.writer = writer;
        this.id = id;
        this.name = name;
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

    /** Frames that did not get into a file: the queue was full, the writer closed or its disk failed. */
    public long dropped() {
        return dropped.sum();
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

    /** A frame that was queued and then could not be written. */
    void lost() {
        dropped.increment();
    }
}
