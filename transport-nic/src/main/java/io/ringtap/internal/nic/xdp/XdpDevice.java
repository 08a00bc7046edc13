/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.nic.xdp;

import io.netty.buffer.ByteBuf;
import io.ringtap.channel.DeviceDrops;
import io.ringtap.channel.spi.FrameSink;
import io.ringtap.ethernet.DropReason;
import io.ringtap.internal.nic.link.NicDevice;
import io.ringtap.internal.nic.link.NicLink;
import io.ringtap.internal.nic.link.PacketOptions;
import io.ringtap.internal.offload.PartialChecksums;
import io.ringtap.internal.unix.Errno;
import io.ringtap.internal.unix.SystemCalls;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.function.Function;

/**
 * A bound AF_XDP socket. Received frames are copied out of the UMEM, and written ones into it. A packet socket that
 * receives nothing stands beside it: it makes the interface promiscuous, and tells when the interface is gone.
 */
public final class XdpDevice extends NicDevice {
    private static final int ETHERNET_HEADER = 14;
    /** An Ethernet header, two VLAN tags and the longest IP packet. */
    private static final int LONGEST_FRAME = 65535 + 22;
    /** Frames that are handed on together. */
    private static final int TOGETHER = 64;
    /** More calls than a full ring can need, if each sends a frame. */
    private static final int MAX_KICKS = 2 * XdpSocket.RING;

    private final XdpSocket socket;
    private final XdpProgram program;
    private final int queue;
    private final int watcherFd;
    private final PacketOptions watcher;
    private final Umem umem;
    private final boolean inParts;
    private final ByteBuf[] frames = new ByteBuf[TOGETHER];
    private int written;
    /** Of the frame that was looked at last. */
    private int length;

    XdpDevice(XdpSocket socket, XdpProgram program, int queue, int watcherFd, PacketOptions watcher, NicLink link,
              boolean inParts, Function<String, ? extends SocketAddress> addresses) {
        super(link, addresses);
        this.inParts = inParts;
        this.socket = socket;
        this.program = program;
        this.queue = queue;
        this.watcherFd = watcherFd;
        this.watcher = watcher;
        umem = socket.umem();
    }

    /** Whether the program runs in the network stack, and not in the driver. */
    public boolean isGeneric() {
        return program.isGeneric();
    }

    /** The socket. */
    public XdpSocket socket() {
        return socket;
    }

    @Override
    public int descriptor() {
        return socket.descriptor();
    }

    @Override
    public int vnetHeaderLength() {
        return 0;
    }

    @Override
    public void read(FrameSink sink) throws IOException {
        XdpRing rx = socket.rx();
        int ready;
        while ((ready = rx.available()) > 0) {
            int several = Math.min(Math.min(ready, sink.room(1)), TOGETHER);
            int count = several < 2 ? 0 : sink.allocate(frames, several, umem.chunkSize());
            if (!(count == 0 ? receiveOne(sink, ready) : receiveSeveral(sink, count, ready))) {
                return;
            }
        }
    }

    /** Hands a frame on; returns whether to go on. */
    private boolean receiveOne(FrameSink sink, int ready) throws IOException {
        int parts = look(0, ready);
        if (parts == 0) {
            return false;
        }
        // Memory first: if there is none, the frame stays where it is.
        ByteBuf frame = length > 0 ? sink.allocate(length) : null;
        if (frame != null) {
            copy(0, parts, frame);
        }
        giveBack(parts);
        if (frame == null) {
            sink.drop(DropReason.MALFORMED);
            return true;
        }
        return sink.frame(frame);
    }

    /** Hands frames on in buffers that were allocated for them; returns whether to go on. */
    private boolean receiveSeveral(FrameSink sink, int count, int ready) {
        int got = 0;
        int used = 0;
        int malformed = 0;
        while (got < count && used < ready) {
            int parts = look(used, ready);
            if (parts == 0) {
                break;
            }
            if (length <= 0) {
                malformed++;
            } else if (length > frames[got].writableBytes()) {
                // Of several parts: it gets a buffer of its own.
                break;
            } else {
                copy(used, parts, frames[got++]);
            }
            used += parts;
        }
        for (int i = got; i < count; i++) {
            frames[i].release();
            frames[i] = null;
        }
        if (used == 0) {
            return receiveOneLong(sink, ready);
        }
        giveBack(used);
        for (int i = 0; i < malformed; i++) {
            sink.drop(DropReason.MALFORMED);
        }
        return got == 0 || sink.frames(frames, got);
    }

    private boolean receiveOneLong(FrameSink sink, int ready) {
        int parts = look(0, ready);
        if (parts == 0) {
            return false;
        }
        ByteBuf frame = sink.allocate(length);
        copy(0, parts, frame);
        giveBack(parts);
        return sink.frame(frame);
    }

    /**
     * Looks at the frame whose first descriptor comes so many behind the next one, and sets its {@link #length}: 0 if
     * it is malformed.
     *
     * @return how many descriptors it has, 0 if they are not all there
     */
    private int look(int ahead, int ready) {
        XdpRing rx = socket.rx();
        ByteBuffer entries = rx.memory();
        int bytes = 0;
        boolean good = true;
        for (int parts = 1; ahead + parts <= ready; parts++) {
            int at = rx.entryToRead(ahead + parts - 1);
            int part = entries.getInt(at + AfXdp.DESC_LEN);
            good &= umem.contains(entries.getLong(at), part);
            bytes += part;
            if ((entries.getInt(at + AfXdp.DESC_OPTIONS) & AfXdp.XDP_PKT_CONTD) == 0) {
                length = good && bytes >= ETHERNET_HEADER && bytes <= LONGEST_FRAME ? bytes : 0;
                return parts;
            }
        }
        return 0;
    }

    private void copy(int ahead, int parts, ByteBuf into) {
        XdpRing rx = socket.rx();
        for (int part = ahead; part < ahead + parts; part++) {
            int at = rx.entryToRead(part);
            umem.read(rx.memory().getLong(at), rx.memory().getInt(at + AfXdp.DESC_LEN), into);
        }
        PartialChecksums.complete(into);
    }

    /** Gives the chunks of descriptors that were read back to the kernel, which fills them again. */
    private void giveBack(int count) {
        XdpRing rx = socket.rx();
        XdpRing fill = socket.fill();
        int filled = 0;
        for (int i = 0; i < count; i++) {
            long address = rx.memory().getLong(rx.entryToRead(i));
            if (address >= 0 && address < umem.length()) {
                // The ring has an entry for each chunk that was ever in it.
                fill.memory().putLong(fill.entryToWrite(filled++), umem.chunkOf(address));
            }
        }
        rx.consume(count);
        fill.publish(filled);
        if (fill.needsWakeUp()) {
            // A driver without a chunk waits to be told that there are some.
            SystemCalls.recv(socket.descriptor(), 0, 0, AfXdp.MSG_DONTWAIT);
        }
    }

    @Override
    public int write(ByteBuf frame) throws IOException {
        int length = frame.readableBytes();
        if (!isUp()) {
            throw refusal(DropReason.DOWN);
        }
        if (length < ETHERNET_HEADER) {
            throw refusal(DropReason.REFUSED);
        }
        int parts = inParts ? (length + umem.chunkSize() - 1) / umem.chunkSize() : 1;
        if (length > (inParts ? LONGEST_FRAME : umem.chunkSize())) {
            throw refusal(DropReason.TOO_LONG);
        }
        if (!hasRoom(parts)) {
            kick();
            reclaim();
            if (!hasRoom(parts)) {
                return FULL;
            }
        }
        XdpRing tx = socket.tx();
        for (int part = 0; part < parts; part++) {
            int from = part * umem.chunkSize();
            int bytes = Math.min(umem.chunkSize(), length - from);
            long chunk = umem.take();
            int at = tx.entryToWrite(written + part);
            tx.memory().putLong(at, chunk).putInt(at + AfXdp.DESC_LEN, bytes)
                .putInt(at + AfXdp.DESC_OPTIONS, part < parts - 1 ? AfXdp.XDP_PKT_CONTD : 0);
            try {
                umem.write(chunk, frame, frame.readerIndex() + from, bytes);
            } catch (RuntimeException | Error broken) {
                for (int taken = 0; taken <= part; taken++) {
                    umem.give(tx.memory().getLong(tx.entryToWrite(written + taken)));
                }
                throw broken;
            }
        }
        written += parts;
        return WRITTEN;
    }

    private boolean hasRoom(int parts) {
        return socket.tx().free() - written >= parts && umem.hasFree(parts);
    }

    @Override
    public void endOfFlush() throws IOException {
        kick();
        reclaim();
    }

    /**
     * Publishes what was written and has the kernel send it: in copy mode a call sends a limited number of frames, so
     * it is repeated as long as it gets on.
     */
    private void kick() {
        XdpRing tx = socket.tx();
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
        XdpRing completion = socket.completion();
        int count = completion.available();
        for (int i = 0; i < count; i++) {
            long address = completion.memory().getLong(completion.entryToRead(i));
            if (address >= 0 && address < umem.length()) {
                umem.give(umem.chunkOf(address));
            }
        }
        completion.consume(count);
    }

    @Override
    protected String whyRefused(DropReason reason) {
        return switch (reason) {
            case TOO_LONG -> " refused a frame: the longest has "
                + (inParts ? LONGEST_FRAME : umem.chunkSize()) + " bytes";
            default -> " refused a frame: it is no Ethernet frame";
        };
    }

    @Override
    public IOException failure() {
        return gone();
    }

    @Override
    public DeviceDrops drops() {
        try {
            return new DeviceDrops(socket.drops(), -1);
        } catch (IOException notKnown) {
            return DeviceDrops.UNKNOWN;
        }
    }

    @Override
    public void close() {
        unwatch();
        program.close(queue);
        socket.close();
        super.close();
        watcher.close();
        SystemCalls.close(watcherFd);
    }
}
