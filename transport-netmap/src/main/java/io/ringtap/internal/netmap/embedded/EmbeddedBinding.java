/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.embedded;

import io.ringtap.internal.netmap.driver.NetmapRegistration;
import io.ringtap.internal.netmap.driver.NetmapRequest;
import io.ringtap.internal.netmap.layout.NetmapLayout;
import io.ringtap.internal.netmap.layout.NetmapLayout.If;
import io.ringtap.internal.netmap.layout.NetmapLayout.Register;
import io.ringtap.netmap.NetmapError;
import io.ringtap.netmap.NetmapException;
import io.ringtap.netmap.NetmapMode;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * What one file has bound of a port: some of its rings, a {@code netmap_if} that lists them, and extra buffers. It is
 * made and undone under the lock of the {@link JvmNetmap}.
 */
final class EmbeddedBinding {
    /** The most that a channel asks for. */
    private static final int MAX_EXTRA_BUFFERS = 65536;

    private final EmbeddedPort port;
    private final int firstTx;
    private final int endTx;
    private final int firstRx;
    private final int endRx;
    private long nifp;
    private NetmapRegistration registration;
    private boolean hasRings;

    /**
     * Binds a file.
     *
     * @throws NetmapException if netmap refuses; nothing is bound then
     */
    EmbeddedBinding(EmbeddedPort port, NetmapRequest request, EmbeddedFile file) throws NetmapException {
        this.port = port;
        boolean one = request.mode() == NetmapMode.ONE_NIC;
        int ring = request.ring();
        int tx = port.txRings().length;
        int rx = port.rxRings().length;
        if (!one && request.mode() != NetmapMode.ALL_NIC) {
            throw new NetmapException(request.portName() + ": a virtual port has no rings of a host",
                NetmapError.EINVAL);
        }
        if (one && ring >= tx && ring >= rx) {
            throw new NetmapException(request.portName() + ": ring " + ring + " of " + Math.max(tx, rx),
                NetmapError.EINVAL);
        }
        boolean noTx = (request.flags() & Register.RX_RINGS_ONLY) != 0;
        boolean noRx = (request.flags() & Register.TX_RINGS_ONLY) != 0;
        // A direction that has no ring of this number uses its first ring.
        firstTx = one && ring < tx ? ring : 0;
        endTx = noTx ? firstTx : one ? firstTx + 1 : tx;
        firstRx = one && ring < rx ? ring : 0;
        endRx = noRx ? firstRx : one ? firstRx + 1 : rx;
        boolean exclusive = (request.flags() & Register.EXCLUSIVE) != 0;
        for (int i = firstTx; i < endTx; i++) {
            requireFree(request, port.txRings()[i], exclusive);
        }
        for (int i = firstRx; i < endRx; i++) {
            requireFree(request, port.rxRings()[i], exclusive);
        }
        createInterface(request);
        synchronized (port.lock()) {
            for (int i = firstTx; i < endTx; i++) {
                port.txRings()[i].bind(exclusive);
            }
            for (int i = firstRx; i < endRx; i++) {
                port.rxRings()[i].bind(exclusive);
            }
            port.files().add(file);
            hasRings = true;
        }
    }

    private static void requireFree(NetmapRequest request, EmbeddedRing ring, boolean exclusive)
        throws NetmapException {
        if (ring.isBusy(exclusive)) {
            throw new NetmapException(request.portName() + (ring.isBusy(false) ? ": its rings are bound exclusively"
                : ": its rings are bound already, and were to be bound exclusively"), NetmapError.EBUSY);
        }
    }

    private void createInterface(NetmapRequest request) throws NetmapException {
        EmbeddedMemory memory = port.memory();
        memory.reserve(request.portName(), 0, 0, 0, extraBuffers(request));
        nifp = memory.newInterface(request.portName());
        int tx = port.txRings().length;
        int rx = port.rxRings().length;
        // The count includes the rings to a host, which are never bound here. The kernel reports one such ring as well.
        ByteBuffer bytes = memory.window(nifp, If.size(tx + rx + 2));
        byte[] name = port.name().getBytes(StandardCharsets.US_ASCII);
        bytes.put(If.NAME, name, 0, Math.min(name.length, If.NAME_SIZE - 1));
        bytes.putInt(If.VERSION, NetmapLayout.API);
        bytes.putInt(If.FLAGS, If.PRIVATE_MEMORY);
        bytes.putInt(If.TX_RINGS, tx);
        bytes.putInt(If.RX_RINGS, rx);
        bytes.putInt(If.HOST_TX_RINGS, 1);
        bytes.putInt(If.HOST_RX_RINGS, 1);
        for (int i = firstTx; i < endTx; i++) {
            bytes.putLong(If.RING_OFS + i * Long.BYTES, port.txRings()[i].offset() - nifp);
        }
        for (int i = firstRx; i < endRx; i++) {
            bytes.putLong(If.RING_OFS + (tx + 1 + i) * Long.BYTES, port.rxRings()[i].offset() - nifp);
        }
        int granted = 0;
        int head = 0;
        for (int index; granted < extraBuffers(request) && (index = memory.newBuffer()) != 0; granted++) {
            memory.bytes(index).putInt(memory.buffer(index), head);
            head = index;
        }
        bytes.putInt(If.BUFS_HEAD, head);
        registration = new NetmapRegistration(nifp, memory.size(), port.counts(), memory.id(), granted);
    }

    /** The largest number of extra buffers that a request can be granted. */
    static int extraBuffers(NetmapRequest request) {
        return Math.min(request.extraBuffers(), MAX_EXTRA_BUFFERS);
    }

    /**
     * Unbinds the rings, so that others can bind them.
     *
     * @return {@code false} if they were unbound before; nothing is done then
     */
    boolean releaseRings(EmbeddedFile file) {
        if (!hasRings) {
            return false;
        }
        hasRings = false;
        synchronized (port.lock()) {
            for (int i = firstTx; i < endTx; i++) {
                port.txRings()[i].unbind();
            }
            for (int i = firstRx; i < endRx; i++) {
                port.rxRings()[i].unbind();
            }
            port.files().remove(file);
        }
        return true;
    }

    /**
     * Frees the memory of the binding. The rings have been unbound before, and another file may have bound them since.
     */
    void freeMemory() {
        EmbeddedMemory memory = port.memory();
        int index = memory.window(nifp, If.RING_OFS).getInt(If.BUFS_HEAD);
        // A program may have written a list with a loop. Such a list ends at a buffer that is free already.
        while (memory.freeBuffer(index)) {
            index = memory.bytes(index).getInt(memory.buffer(index));
        }
        memory.free(nifp);
    }

    EmbeddedPort port() {
        return port;
    }

    NetmapRegistration registration() {
        return registration;
    }

    int firstTx() {
        return firstTx;
    }

    int endTx() {
        return endTx;
    }

    int firstRx() {
        return firstRx;
    }

    int endRx() {
        return endRx;
    }
}
