/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.device;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.EventLoop;
import io.ringtap.channel.DeviceDrops;
import io.ringtap.channel.spi.DescriptorWaiter;
import io.ringtap.channel.spi.FrameDevice;
import io.ringtap.channel.spi.FrameSink;
import io.ringtap.channel.spi.SignalledReadiness;
import io.ringtap.ethernet.DropReason;
import io.ringtap.ethernet.FrameBatch;
import io.ringtap.ethernet.FrameRefusedException;
import io.ringtap.internal.netmap.buffer.NetmapBufferPool;
import io.ringtap.internal.netmap.layout.NetmapLayout.Register;
import io.ringtap.internal.netmap.port.NetmapPort;
import io.ringtap.internal.netmap.ring.NetmapRxRing;
import io.ringtap.internal.netmap.ring.NetmapTxRing;
import io.ringtap.internal.unix.NativeMemory;
import io.ringtap.internal.unix.SystemCalls;
import io.ringtap.loop.Readiness;
import io.ringtap.netmap.NetmapAddress;
import io.ringtap.netmap.NetmapError;
import io.ringtap.netmap.NetmapException;
import io.ringtap.virtio.VirtioNetBackend;
import io.ringtap.virtio.VirtioNetOffload;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VnetHeaderLength;

import java.io.IOException;
import java.util.EnumSet;
import java.util.List;

/**
 * A netmap port as a frame device. It serves all rings of the port, and makes one RXSYNC when they are empty and one
 * TXSYNC for all frames of a flush. Used on the event loop, except where stated.
 */
public final class NetmapDevice implements FrameDevice, SignalledReadiness.Source {
    /**
     * The offloads that the kernel's switch handles correctly for a receiver without a header. It does not handle the
     * others: it turns the fragments of UFO into separate UDP datagrams, drops USO frames silently, and leaves the flag
     * CWR on every segment of ECN.
     */
    private static final VirtioNetOffloads KERNEL_VALE_TAKES = VirtioNetOffloads.of(VirtioNetOffload.CSUM,
        VirtioNetOffload.TSO4, VirtioNetOffload.TSO6);

    private static final int POLLFD = 8;
    private static final int POLLFD_EVENTS = 4;
    private static final int POLLFD_REVENTS = 6;
    private static final short POLLIN = 1;
    private static final short POLLERR = 8;

    private final NetmapPort port;
    private final NetmapAddress localAddress;
    private final NetmapBufferPool pool;
    private final ByteBufAllocator allocator;
    private final int vnetHeaderLength;
    private final int outgoingRings;
    private final VirtioNetBackend backend;
    private final int maxFrameLength;
    private final int receiveCapacity;
    private final FrameRefusedException empty;
    private final FrameRefusedException tooLong;
    private final FrameRefusedException receiveOnly;
    private final FrameRefusedException isDown;

    private NativeMemory pollfd;
    private NativeMemory noTime;
    private boolean closed;
    /** Slots were released since the last sync, so a sync may bring new frames. */
    private boolean unsynced;
    private boolean unsent;
    /** A sync has found the card down, and none has succeeded since. */
    private boolean down;
    private NetmapTxRing fullRing;
    private int availableWhenFull;

    public NetmapDevice(NetmapPort port, NetmapAddress localAddress, int vnetHeaderLength, boolean multiSlot,
                 ByteBufAllocator allocator) {
        this.port = port;
        this.vnetHeaderLength = vnetHeaderLength;
        this.allocator = allocator;
        this.localAddress = localAddress;
        pool = new NetmapBufferPool(port);
        List<NetmapTxRing> txRings = port.txRings();
        outgoingRings = port.outgoingRings();
        backend = backend(VnetHeaderLength.ofBytes(vnetHeaderLength));
        int longest = txRings.isEmpty() ? 0
            : multiSlot ? txRings.get(0).maxFrameLength() : txRings.get(0).bufferSize();
        maxFrameLength = longest;
        receiveCapacity = port.rxRings().isEmpty() ? 0 : port.rxRings().get(0).bufferSize();
        empty = new FrameRefusedException(DropReason.REFUSED, localAddress + " refused an empty frame");
        tooLong = new FrameRefusedException(DropReason.TOO_LONG, localAddress + " refused a frame: it is longer than "
            + longest + " bytes");
        receiveOnly = new FrameRefusedException(DropReason.REFUSED, localAddress + " refused a frame: it is open for "
            + "receiving only");
        isDown = new FrameRefusedException(DropReason.DOWN, localAddress + " refused a frame: the interface is down; "
            + "set it up with 'ip link set dev " + localAddress.portName() + " up', or with ifconfig");
    }

    NetmapPort port() {
        return port;
    }

    public NetmapBufferPool pool() {
        return pool;
    }

    @Override
    public NetmapAddress localAddress() {
        return localAddress;
    }

    @Override
    public int descriptor() {
        return port.file().descriptor();
    }

    @Override
    public Readiness readiness(EventLoop loop, DescriptorWaiter waiter, Readiness.Listener listener) {
        return new SignalledReadiness(this, loop, listener);
    }

    @Override
    public int vnetHeaderLength() {
        return vnetHeaderLength;
    }

    @Override
    public VirtioNetBackend vnetBackend() {
        return backend;
    }

    /** netmap looks at a header on a switch only, and only at that of a frame for a port without a header. */
    private VirtioNetBackend backend(VnetHeaderLength length) {
        if (length == VnetHeaderLength.NONE) {
            return VirtioNetBackend.PLAIN;
        }
        VirtioNetOffloads takes = !localAddress.isVale() || localAddress.isPipe() ? VirtioNetOffloads.NONE
            : descriptor() >= 0 ? KERNEL_VALE_TAKES : VirtioNetOffloads.ALL;
        // The other end of a pipe, or another port of the switch, may send frames with any offload.
        return new VirtioNetBackend(EnumSet.of(length), takes, VirtioNetOffloads.ALL, false);
    }

    @Override
    public void read(FrameSink sink) throws IOException {
        List<NetmapRxRing> rings = port.rxRings();
        // A poll of the descriptor may have synchronized the rings, so the memory may have newer indices than were
        // read.
        port.reloadReceive();
        boolean synced = false;
        while (true) {
            boolean found = false;
            for (int i = 0; i < rings.size(); i++) {
                NetmapRxRing ring = rings.get(i);
                while (true) {
                    int lent = lend(ring, sink);
                    if (lent == 0 && ring.next() == NetmapRxRing.NONE) {
                        break;
                    }
                    found = true;
                    unsynced = true;
                    if (!(lent != 0 ? sink.added(lent) : sink.frame(take(ring, sink)))) {
                        return;
                    }
                }
                countBadChains(ring, sink);
            }
            if (synced && !found) {
                return;
            }
            if (!rxSync()) {
                return;
            }
            unsynced = false;
            synced = true;
        }
    }

    /** Returns {@code false} if the card is down. It may come up again. */
    private boolean rxSync() throws NetmapException {
        try {
            port.file().rxSync();
        } catch (NetmapException failed) {
            requireDown(failed);
            return false;
        }
        port.reloadReceive();
        return true;
    }

    /** Returns {@code false} if the card is down. The frames that were written stay in the rings until it is up. */
    private boolean txSync() throws NetmapException {
        try {
            port.file().txSync();
        } catch (NetmapException failed) {
            requireDown(failed);
            return false;
        }
        down = false;
        unsent = false;
        port.reloadTransmit();
        return true;
    }

    /** When a card is set down, its rings are stopped, and syncs fail as if the card were gone. */
    private void requireDown(NetmapException failed) throws NetmapException {
        // Once the card is known to be down, the check once a second finds out whether it is gone.
        if (failed.error() != NetmapError.EIO || !isInterface() || !down && !isThere()) {
            throw failed;
        }
        down = true;
    }

    /** Whether there is an interface of this name, or that cannot be found out. */
    private boolean isThere() {
        return KernelInterface.mayExist(localAddress.portName());
    }

    private int lend(NetmapRxRing ring, FrameSink sink) {
        FrameBatch batch = ring.available() == 0 || pool.capacity() == 0 ? null : sink.batch();
        return batch == null ? 0 : pool.lend(ring, batch, sink.room(receiveCapacity));
    }

    private ByteBuf take(NetmapRxRing ring, FrameSink sink) {
        ByteBuf frame = pool.lend(ring);
        if (frame == null) {
            int length = ring.next();
            frame = length <= receiveCapacity ? sink.allocate(receiveCapacity) : allocator.directBuffer(length);
            ring.read(frame);
        }
        // The slot is released before a handler sees the frame, as the handler may close the channel.
        ring.release();
        return frame;
    }

    private void countBadChains(NetmapRxRing ring, FrameSink sink) {
        for (int bad = ring.newBadChains(); bad > 0; bad--) {
            sink.drop(DropReason.MALFORMED);
        }
    }

    @Override
    public void onReady(Runnable signal) {
        port.file().onReady(signal);
    }

    /** Whether another round of reading would find something at once. */
    @Override
    public boolean hasMoreToRead() {
        if (closed) {
            return false;
        }
        for (int i = 0; i < port.rxRings().size(); i++) {
            if (port.rxRings().get(i).next() != NetmapRxRing.NONE) {
                return true;
            }
        }
        return unsynced;
    }

    @Override
    public int write(ByteBuf frame) throws IOException {
        int length = frame.readableBytes();
        if (length == 0) {
            throw empty;
        }
        if (maxFrameLength == 0) {
            throw receiveOnly;
        }
        if (length > maxFrameLength) {
            throw tooLong;
        }
        if (down && !txSync()) {
            throw isDown;
        }
        NetmapTxRing ring = outgoingRings == 1 ? port.txRings().get(0) : ringOf(frame);
        if (put(ring, frame)) {
            return WRITTEN;
        }
        if (!txSync()) {
            throw isDown;
        }
        if (put(ring, frame)) {
            return WRITTEN;
        }
        ring.awaitSpace();
        fullRing = ring;
        availableWhenFull = ring.available();
        return FULL;
    }

    @Override
    public int writeHandles(FrameBatch frames, int max) {
        // With several rings, the bytes of a frame decide which ring it goes to, so those frames are written one by
        // one.
        int count = outgoingRings == 1 && !down ? pool.swap(port.txRings().get(0), frames, max) : 0;
        unsent |= count != 0;
        return count;
    }

    private boolean put(NetmapTxRing ring, ByteBuf frame) throws IOException {
        if (pool.swap(ring, frame) || ring.write(frame)) {
            unsent = true;
            return true;
        }
        return false;
    }

    /** The ring of a frame: the same for all frames of a flow, so that they stay in order. */
    private NetmapTxRing ringOf(ByteBuf frame) {
        return port.txRings().get(FlowHash.of(frame, vnetHeaderLength, outgoingRings));
    }

    /** Whether the ring that was full has more room now. */
    @Override
    public boolean hasRoom() {
        if (closed || fullRing == null) {
            return !closed;
        }
        try {
            port.txSync();
        } catch (IOException e) {
            // The flush that follows finds that the port is gone and reports it.
            return true;
        }
        return fullRing.available() > availableWhenFull;
    }

    @Override
    public void endOfFlush() throws IOException {
        if (unsent) {
            txSync();
        }
    }

    /** Whether it is a network interface of the kernel. */
    public boolean isInterface() {
        return descriptor() >= 0 && !localAddress.isVale() && !localAddress.isPipe();
    }

    /** Whether it shows what passes through another port. */
    public boolean isMonitor() {
        return descriptor() >= 0 && (localAddress.flags() & Register.MONITOR) != 0;
    }

    /**
     * Why a monitor will see no more frames; {@code null} if it still may. Its syncs always succeed, so a poll has to
     * tell.
     */
    public IOException blind() {
        // Each by itself: a poll without the second one, for want of memory, would wait for ever.
        if (noTime == null) {
            noTime = NativeMemory.allocate(2 * Long.BYTES);
        }
        if (pollfd == null) {
            pollfd = NativeMemory.allocate(POLLFD);
        }
        pollfd.buffer().putInt(0, descriptor()).putShort(POLLFD_EVENTS, POLLIN).putShort(POLLFD_REVENTS, (short) 0);
        return SystemCalls.poll(pollfd, 1, noTime) > 0 && (pollfd.buffer().getShort(POLLFD_REVENTS) & POLLERR) != 0
            ? new NetmapException(NetmapError.EIO, localAddress + " sees no more frames: its port was closed") : null;
    }

    /**
     * Why an interface is gone; {@code null} if it is there. An interface that is down is not gone. On Linux it cannot
     * be synchronized. On FreeBSD it can, and what was written stays in the rings. When it comes up again, no system
     * wakes anybody, so this also sends what was written before.
     */
    public IOException gone() {
        try {
            if (!port.rxRings().isEmpty()) {
                port.rxSync();
            }
            if (!port.txRings().isEmpty()) {
                txSync();
            }
            return null;
        } catch (IOException cause) {
            return isThere() ? null : cause;
        }
    }

    @Override
    public IOException failure() {
        try {
            port.rxSync();
            port.txSync();
        } catch (IOException gone) {
            return gone;
        }
        return new NetmapException(NetmapError.EIO, localAddress + " reports an error: the interface"
            + (isMonitor() ? ", or the port that it shows," : "")
            + " is gone, or another program has moved the indices of its rings");
    }

    @Override
    public DeviceDrops drops() {
        return new DeviceDrops(port.file().receivedDrops(), -1);
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            syncLast();
            pool.close();
        }
    }

    /** Sends what is still in the rings. Its promises have succeeded, and it would be lost with the rings. */
    private void syncLast() {
        try {
            endOfFlush();
        } catch (IOException gone) {
            // There is nobody left to tell; the port was found gone before, or will be.
            return;
        }
    }

    @Override
    public String toString() {
        return port.toString();
    }
}
