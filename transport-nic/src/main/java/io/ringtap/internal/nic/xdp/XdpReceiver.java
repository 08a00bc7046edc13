/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.nic.xdp;

import io.netty.buffer.ByteBuf;
import io.ringtap.channel.spi.FrameSink;
import io.ringtap.ethernet.DropReason;
import io.ringtap.ethernet.FrameBatch;
import io.ringtap.internal.offload.PartialChecksums;
import io.ringtap.internal.unix.SystemCalls;

import java.io.IOException;

/**
 * Takes frames out of the receive ring, and gives the kernel chunks to fill. A frame of one chunk is lent where it
 * lies, if a chunk can be lent; any other is copied. A descriptor that names no bytes of a chunk that the kernel was
 * given is counted as a malformed frame, and its chunk does not go back. On the event loop.
 */
final class XdpReceiver {
    /** Frames that are lent to a batch together. */
    private static final int TOGETHER = 256;

    private final XdpSocket socket;
    private final XdpRing rx;
    private final XdpRing fill;
    private final Umem umem;
    private final UmemPool pool;
    private final long[] handles = new long[TOGETHER];
    /** Entries that were written into the fill ring and not published. */
    private int filled;
    /**
     * How many there may be. The ring has an entry for each chunk that was ever in it, but a liar may name one of them
     * several times.
     */
    private int fillRoom;
    /** Where the frame that was looked at last begins, if it is not malformed. */
    private int start;
    /** Bytes of the frame that was looked at last, 0 if it is malformed. */
    private int length;
    /** Whether all descriptors of that frame name bytes of chunks that the kernel was given. */
    private boolean genuine;

    XdpReceiver(XdpSocket socket) {
        this.socket = socket;
        rx = socket.rx();
        fill = socket.fill();
        pool = socket.pool();
        umem = pool.umem();
    }

    void read(FrameSink sink) throws IOException {
        int ready;
        while ((ready = rx.available()) > 0) {
            FrameBatch batch = sink.batch();
            int most = batch == null ? 0
                : pool.lendable(Math.min(Math.min(ready, TOGETHER), sink.room(umem.chunkSize())));
            if (!(most > 0 && startsWithOnePart() ? lend(sink, batch, most) : receive(sink, ready))) {
                return;
            }
        }
    }

    private boolean startsWithOnePart() {
        return (rx.memory().getInt(rx.entryToRead(0) + AfXdp.DESC_OPTIONS) & AfXdp.XDP_PKT_CONTD) == 0;
    }

    /** Lends frames to a batch, until there is one of several chunks; returns whether to go on. */
    private boolean lend(FrameSink sink, FrameBatch batch, int most) throws IOException {
        // First: if there is no memory for handles, or a ring is corrupt, the frames stay where they are.
        batch.ensureRoom(pool, most);
        fillRoom = fill.free();
        int count = 0;
        int used = 0;
        while (used < most && look(used, used + 1) != 0) {
            int at = rx.entryToRead(used++);
            if (length == 0) {
                refill(rx.memory().getLong(at));
            } else {
                PartialChecksums.complete(umem.readable(start, length));
                lend(start);
                handles[count++] = UmemPool.handle(start, length);
            }
        }
        consume(used);
        for (int malformed = used - count; malformed > 0; malformed--) {
            sink.drop(DropReason.MALFORMED);
        }
        if (count == 0) {
            return true;
        }
        pool.countLent(count);
        batch.add(pool, handles, count);
        return sink.added(count);
    }

    /** Lends the chunk of an address, and gives the kernel another one. */
    private void lend(int address) {
        pool.lend(umem.chunkOf(address));
        if (filled < fillRoom) {
            fill.memory().putLong(fill.entryToWrite(filled++), umem.addressOf(pool.toKernel()));
        }
    }

    /** Hands a frame on; returns whether to go on. */
    private boolean receive(FrameSink sink, int ready) throws IOException {
        int parts = look(0, ready);
        if (parts == 0) {
            return false;
        }
        fillRoom = fill.free();
        ByteBuf frame = null;
        if (length > 0) {
            if (parts == 1 && pool.lendable(1) > 0) {
                PartialChecksums.complete(umem.readable(start, length));
                // First, as below: if there is no memory, the frame stays where it is.
                frame = pool.take(UmemPool.handle(start, length));
                lend(start);
                consume(1);
                pool.countLent(1);
                return sink.frame(frame);
            }
            frame = sink.allocate(length);
            for (int part = 0; part < parts; part++) {
                int at = rx.entryToRead(part);
                umem.read((int) rx.memory().getLong(at), rx.memory().getInt(at + AfXdp.DESC_LEN), frame);
            }
            PartialChecksums.complete(frame);
        }
        for (int part = 0; part < parts; part++) {
            refill(rx.memory().getLong(rx.entryToRead(part)));
        }
        consume(parts);
        if (frame == null) {
            sink.drop(DropReason.MALFORMED);
            return true;
        }
        return sink.frame(frame);
    }

    /**
     * Looks at the frame whose first descriptor comes so many behind the next one, and sets its {@link #length}: 0 if
     * it is malformed.
     *
     * @return how many descriptors it has, 0 if they are not all there
     */
    private int look(int ahead, int ready) {
        int bytes = 0;
        genuine = true;
        for (int next = ahead; next < ready; next++) {
            int at = rx.entryToRead(next);
            long address = rx.memory().getLong(at);
            int part = rx.memory().getInt(at + AfXdp.DESC_LEN);
            genuine &= umem.contains(address, part) && pool.isFilled(umem.chunkOf((int) address));
            bytes += part;
            if (next == ahead) {
                start = (int) address;
            }
            if ((rx.memory().getInt(at + AfXdp.DESC_OPTIONS) & AfXdp.XDP_PKT_CONTD) == 0) {
                length = genuine && bytes >= XdpDevice.ETHERNET_HEADER && bytes <= XdpDevice.LONGEST_FRAME ? bytes : 0;
                return next + 1 - ahead;
            }
        }
        return 0;
    }

    /**
     * Gives the chunk of an address back to the kernel. That of a descriptor that contradicts the table does not go
     * back: the kernel may have it already.
     */
    private void refill(long address) {
        if (genuine && filled < fillRoom) {
            fill.memory().putLong(fill.entryToWrite(filled++), umem.addressOf(umem.chunkOf((int) address)));
        }
    }

    /** Has done with so many descriptors; the kernel may fill what was given back. */
    private void consume(int count) {
        rx.consume(count);
        fill.publish(filled);
        filled = 0;
        if (fill.needsWakeUp()) {
            // A driver without a chunk waits to be told that there are some.
            SystemCalls.recv(socket.descriptor(), 0, 0, AfXdp.MSG_DONTWAIT);
        }
    }
}
