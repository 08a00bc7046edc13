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
    /** More calls than a full ring can need, if each sends a frame. */
    private static final int MAX_KICKS = 2 * XdpSocket.RING;

    private final XdpSocket socket;
    private final XdpProgram program;
    private final int watcherFd;
    private final PacketOptions watcher;
    private final Umem umem;
    private int written;

    XdpDevice(XdpSocket socket, XdpProgram program, int watcherFd, PacketOptions watcher, NicLink link,
              Function<String, ? extends SocketAddress> addresses) {
        super(link, addresses);
        this.socket = socket;
        this.program = program;
        this.watcherFd = watcherFd;
        this.watcher = watcher;
        umem = socket.umem();
    }

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
    public void read(FrameSink sink) {
        XdpRing rx = socket.rx();
        XdpRing fill = socket.fill();
        while (rx.available() > 0) {
            ByteBuffer entries = rx.memory();
            int at = rx.entryToRead();
            long address = entries.getLong(at);
            int length = entries.getInt(at + AfXdp.DESC_LEN);
            boolean good = umem.contains(address, length) && length >= ETHERNET_HEADER;
            // Memory first: if there is none, the frame stays where it is.
            ByteBuf frame = good ? sink.allocate(length) : null;
            if (good) {
                umem.read(address, length, frame);
                PartialChecksums.complete(frame);
            }
            rx.consume(1);
            if (address >= 0 && address < umem.length()) {
                // The ring has an entry for each chunk that was ever in it.
                fill.memory().putLong(fill.entryToWrite(0), umem.chunkOf(address));
                fill.publish(1);
            }
            if (good ? !sink.frame(frame) : drop(sink)) {
                return;
            }
        }
    }

    private static boolean drop(FrameSink sink) {
        sink.drop(DropReason.MALFORMED);
        return true;
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
        if (length > umem.chunkSize()) {
            throw refusal(DropReason.TOO_LONG);
        }
        if (socket.tx().free() - written <= 0 || !umem.hasFree()) {
            kick();
            reclaim();
            if (socket.tx().free() - written <= 0 || !umem.hasFree()) {
                return FULL;
            }
        }
        long chunk = umem.take();
        try {
            umem.write(chunk, frame);
        } catch (RuntimeException | Error broken) {
            umem.give(chunk);
            throw broken;
        }
        XdpRing tx = socket.tx();
        int at = tx.entryToWrite(written++);
        tx.memory().putLong(at, chunk).putInt(at + AfXdp.DESC_LEN, length).putInt(at + AfXdp.DESC_OPTIONS, 0);
        return WRITTEN;
    }

    @Override
    public void endOfFlush() {
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
    private void reclaim() {
        XdpRing completion = socket.completion();
        int count = completion.available();
        for (int i = 0; i < count; i++) {
            long address = completion.memory().getLong(completion.entryToRead());
            completion.consume(1);
            if (address >= 0 && address < umem.length()) {
                umem.give(umem.chunkOf(address));
            }
        }
    }

    @Override
    protected String whyRefused(DropReason reason) {
        return switch (reason) {
            case TOO_LONG -> " refused a frame: the longest has " + umem.chunkSize() + " bytes";
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
        program.close();
        socket.close();
        super.close();
        watcher.close();
        SystemCalls.close(watcherFd);
    }
}
