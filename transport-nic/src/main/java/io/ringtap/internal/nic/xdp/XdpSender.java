/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.nic.xdp;

import io.netty.buffer.ByteBuf;
import io.ringtap.ethernet.FrameBatch;
import io.ringtap.internal.unix.Errno;
import io.ringtap.internal.unix.SystemCalls;

import java.io.IOException;

/**
 * Puts frames into the transmit ring: one that was received into the same memory by its chunk, any other by one copy.
 * Its methods want frames of a length that the device takes. On the event loop.
 */
final class XdpSender {
    /** Frames of a batch that are sent together. */
    private static final int TOGETHER = 256;
    /** More calls than a full ring can need, if each sends a frame. */
    private static final int MAX_KICKS = 2 * XdpSocket.RING;

    private final XdpSocket socket;
    private final XdpRing tx;
    private final XdpRing completion;
    private final Umem umem;
    private final UmemPool pool;
    private final long[] exchanged = new long[TOGETHER];
    /** Entries that were written and not published. */
    private int written;

    XdpSender(XdpSocket socket) {
        this.socket = socket;
        tx = socket.tx();
        completion = socket.completion();
        pool = socket.pool();
        umem = pool.umem();
    }

    /** Whether there are entries and free chunks for a frame of so many parts, if need be after what waits was sent. */
    boolean hasRoom(int parts) throws IOException {
        if (room() < parts) {
            kick();
            reclaim();
        }
        return room() >= parts;
    }

    private int room() throws IOException {
        return Math.min(tx.free() - written, pool.free());
    }

    private void put(int ahead, long address, int length, int options) {
        int at = tx.entryToWrite(written + ahead);
        tx.memory().putLong(at, address).putInt(at + AfXdp.DESC_LEN, length).putInt(at + AfXdp.DESC_OPTIONS, options);
    }

    /**
     * Sends a frame that {@link #hasRoom} has said yes to.
     *
     * @param parts how many chunks it takes
     */
    void write(ByteBuf frame, int parts) {
        if (parts == 1 && frame instanceof UmemBuf lent && lent.isWhole() && lent.owner().umem() == umem) {
            put(0, umem.addressOf(lent.chunk()) + lent.readerIndex(), lent.readableBytes(), 0);
            lent.becomes(pool.exchange(lent.chunk(), lent.owner()));
            pool.countForwarded(1);
            written++;
            return;
        }
        for (int part = 0; part < parts; part++) {
            int from = part * umem.chunkSize();
            int bytes = Math.min(umem.chunkSize(), frame.readableBytes() - from);
            int chunk = pool.toSend();
            put(part, umem.addressOf(chunk), bytes, part < parts - 1 ? AfXdp.XDP_PKT_CONTD : 0);
            try {
                umem.write(chunk, frame, frame.readerIndex() + from, bytes);
            } catch (RuntimeException | Error broken) {
                for (int taken = 0; taken <= part; taken++) {
                    pool.free(umem.chunkOf((int) tx.memory().getLong(tx.entryToWrite(written + taken))));
                }
                throw broken;
            }
        }
        written += parts;
    }

    /**
     * Sends the first frames of a batch that lie in a UMEM, each of one chunk.
     *
     * @return how many
     */
    int write(FrameBatch frames, int max) throws IOException {
        if (!(frames.memory() instanceof UmemPool owner)) {
            return 0;
        }
        boolean shared = owner.umem() == umem;
        int most = Math.min(Math.min(max, frames.size()), Math.min(room(), TOGETHER));
        int count = 0;
        while (count < most && frames.isHandle(count)) {
            long handle = frames.handle(count);
            int length = owner.length(handle);
            int address = UmemPool.address(handle);
            if (length > umem.chunkSize()) {
                break;
            }
            if (shared) {
                put(count, address, length, 0);
                exchanged[count] = umem.addressOf(pool.exchange(umem.chunkOf(address), owner));
            } else {
                int chunk = pool.toSend();
                umem.write(chunk, owner.umem(), address, length);
                put(count, umem.addressOf(chunk), length, 0);
                exchanged[count] = handle;
            }
            count++;
        }
        written += count;
        if (shared) {
            pool.countForwarded(count);
        }
        owner.giveBack(exchanged, 0, count);
        return count;
    }

    /** Has what was written sent, and takes back what was sent before. */
    void flush() throws IOException {
        kick();
        reclaim();
    }

    /**
     * Publishes what was written and has the kernel send it: in copy mode a call sends a limited number of frames, so
     * it is repeated as long as it gets on.
     */
    private void kick() throws IOException {
        if (written > 0) {
            tx.publish(written);
            written = 0;
        }
        int before = Integer.MAX_VALUE;
        for (int kicks = 0; kicks < MAX_KICKS && tx.pending() > 0 && tx.needsWakeUp(); kicks++) {
            long result = SystemCalls.send(socket.descriptor(), 0, 0, AfXdp.MSG_DONTWAIT);
            int pending = tx.pending();
            if (result < 0 && !Errno.EINTR.is(result) && pending >= before) {
                // No room further on: the socket tells when there is some, and poll(2) drives it as well.
                return;
            }
            before = pending;
        }
    }

    /** Takes back the chunks whose frames were sent. */
    private void reclaim() throws IOException {
        int count = completion.available();
        for (int i = 0; i < count; i++) {
            long address = completion.memory().getLong(completion.entryToRead(i));
            if (!(umem.contains(address, 0) && pool.sent(umem.chunkOf((int) address)))) {
                throw new IOException("the completion ring of the AF_XDP socket is corrupt: it says that the frame at "
                    + Long.toHexString(address) + " was sent, and there is none");
            }
        }
        completion.consume(count);
    }
}
