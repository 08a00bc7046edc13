/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.port;

import io.ringtap.internal.netmap.driver.NetmapBackend;
import io.ringtap.internal.netmap.driver.NetmapFile;
import io.ringtap.internal.netmap.driver.NetmapMemory;
import io.ringtap.internal.netmap.driver.NetmapRegistration;
import io.ringtap.internal.netmap.driver.NetmapRequest;
import io.ringtap.internal.netmap.layout.NetmapLayout.If;
import io.ringtap.internal.netmap.layout.NetmapLayout.Register;
import io.ringtap.internal.netmap.ring.NetmapBuffers;
import io.ringtap.internal.netmap.ring.NetmapExtraBuffers;
import io.ringtap.internal.netmap.ring.NetmapRing;
import io.ringtap.internal.netmap.ring.NetmapRxRing;
import io.ringtap.internal.netmap.ring.NetmapTxRing;
import io.ringtap.netmap.NetmapAddress;
import io.ringtap.netmap.NetmapDriver;
import io.ringtap.netmap.NetmapError;
import io.ringtap.netmap.NetmapException;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * A bound port: its rings, and the syncs that move frames through them. It is opened in stages, the device, the
 * registration, the mapping and the rings, and released in reverse order, also when a stage fails. Used by one thread,
 * except where stated.
 */
public final class NetmapPort implements AutoCloseable {
    /** What opening the device fails with where the kernel has no netmap. */
    private static final Set<NetmapError> NOT_LOADED =
        EnumSet.of(NetmapError.ENOENT, NetmapError.ENXIO, NetmapError.ENODEV);

    private static final int MAX_RINGS = 1024;

    private final NetmapAddress address;
    private final NetmapDriver driver;
    private final NetmapFile file;
    private final List<NetmapTxRing> txRings = new ArrayList<>();
    private final List<NetmapRxRing> rxRings = new ArrayList<>();
    private int cardTxRings;
    private NetmapRegistration registration;
    private NetmapMemory memory;
    private NetmapExtraBuffers extraBuffers;
    /** Who has the port open, for error messages. */
    private volatile Object holder;
    private volatile boolean pinned;

    private NetmapPort(NetmapDriver driver, NetmapAddress address) throws NetmapException {
        this.address = address;
        this.driver = driver;
        file = open(driver, address);
    }

    private static NetmapFile open(NetmapDriver driver, NetmapAddress address) throws NetmapException {
        try {
            return NetmapBackend.of(driver).open();
        } catch (NetmapException e) {
            if (NOT_LOADED.contains(e.error()) && (address.isVale() || address.isPipe())) {
                throw new NetmapException(e.error(), e.getMessage()
                    + "; this port works without it, with driver=embedded");
            }
            throw e;
        }
    }

    /**
     * Opens, binds and maps a port.
     *
     * @param flags bits of {@link Register} in addition to those of the address; without {@link Register#EXCLUSIVE}
     *     others may bind the same rings, and each of the users then moves the indices of all
     * @param extraBuffers how many buffers to ask for in addition to those in the slots; fewer may be granted
     * @throws NetmapException if netmap refuses, see {@link NetmapFile#register}; nothing stays open then
     */
    public static NetmapPort open(NetmapDriver driver, NetmapAddress address, int flags, int extraBuffers)
        throws NetmapException {
        NetmapPort port = new NetmapPort(driver, address);
        boolean done = false;
        try {
            port.bind(flags, extraBuffers);
            OpenPorts.add(port);
            done = true;
            return port;
        } finally {
            if (!done) {
                port.close();
            }
        }
    }

    private void bind(int flags, int extra) throws NetmapException {
        int memoryId = address.memoryId();
        if (address.sharedPort() != null) {
            int shared = file.portInfo(address.sharedPort()).memoryId();
            if (memoryId != 0 && memoryId != shared) {
                throw new NetmapException(NetmapError.EINVAL, address + ": " + address.sharedPort() + " is in memory "
                    + "region " + shared + ", and @" + memoryId + " asks for another");
            }
            memoryId = shared;
        }
        registration = file.register(NetmapRequest.of(address, flags, memoryId, extra));
        memory = file.map();
        findRings();
        extraBuffers = new NetmapExtraBuffers(memory, registration, anyRing());
    }

    private void findRings() throws NetmapException {
        long nifp = registration.offset();
        if (nifp < 0 || nifp > memory.size() - If.RING_OFS) {
            throw damaged("netmap_if at " + nifp + " of a region of " + memory.size() + " bytes");
        }
        ByteBuffer header = memory.window(nifp, If.RING_OFS);
        int tx = header.getInt(If.TX_RINGS);
        int rx = header.getInt(If.RX_RINGS);
        int hostTx = Math.max(1, header.getInt(If.HOST_TX_RINGS));
        int hostRx = Math.max(1, header.getInt(If.HOST_RX_RINGS));
        if (tx < 0 || rx < 0 || tx > MAX_RINGS || rx > MAX_RINGS || hostTx > MAX_RINGS || hostRx > MAX_RINGS
            || nifp > memory.size() - If.size(tx + rx + hostTx + hostRx)) {
            throw damaged(tx + " tx and " + rx + " rx rings, " + hostTx + " and " + hostRx + " to the host");
        }
        ByteBuffer offsets = memory.window(nifp + If.RING_OFS, (tx + rx + hostTx + hostRx) * Long.BYTES);
        NetmapBuffers buffers = null;
        for (int i = 0; i < tx + hostTx + rx + hostRx; i++) {
            long offset = offsets.getLong(i * Long.BYTES);
            if (offset == 0) {
                continue;
            }
            if (i < tx) {
                cardTxRings++;
            }
            if (i < tx + hostTx) {
                txRings.add(new NetmapTxRing(memory, nifp + offset, buffers));
                buffers = txRings.get(0).buffers();
            } else {
                rxRings.add(new NetmapRxRing(memory, nifp + offset, buffers));
                buffers = buffers != null ? buffers : rxRings.get(0).buffers();
            }
        }
        // The kernel lists the rings of both directions even if one was bound only; those of the other direction must
        // not be used. A monitor receives the frames of both directions by its receive rings; a sync of its transmit
        // rings would put the monitor into an error state.
        if ((address.flags() & Register.TX_RINGS_ONLY) != 0) {
            rxRings.clear();
        }
        if ((address.flags() & (Register.RX_RINGS_ONLY | Register.MONITOR)) != 0) {
            txRings.clear();
        }
    }

    private NetmapRing anyRing() throws NetmapException {
        if (!rxRings.isEmpty()) {
            return rxRings.get(0);
        }
        if (txRings.isEmpty()) {
            throw damaged("no rings");
        }
        return txRings.get(0);
    }

    private NetmapException damaged(String what) {
        return new NetmapException(NetmapError.EIO, address + ": the memory that netmap mapped is not valid: " + what);
    }

    /** Says who has it open, by its {@code toString()}. */
    public void heldBy(Object who) {
        holder = who;
    }

    /** Who has it open; {@code null} if that is not known. Any thread. */
    Object holder() {
        return holder;
    }

    /** Its channel is closed, and buffers of it are still lent. It stays open until {@link #close}. */
    public void pin() {
        pinned = true;
        holder = null;
    }

    /** Whether its channel is closed. Any thread. */
    boolean isPinned() {
        return pinned;
    }

    /** The name it was opened by. */
    public NetmapAddress address() {
        return address;
    }

    /** The netmap it is a port of. */
    public NetmapDriver driver() {
        return driver;
    }

    /** What netmap has granted. */
    public NetmapRegistration registration() {
        return registration;
    }

    /** The open device. */
    public NetmapFile file() {
        return file;
    }

    /** The memory region of the port. A user that may outlive the port has to retain it. */
    public NetmapMemory memory() {
        return memory;
    }

    /**
     * Whether a buffer of this port may be put into a slot of the other one: whether both have their memory in the same
     * region of the same netmap.
     */
    public boolean sharesRegionWith(NetmapPort other) {
        return registration.memoryId() == other.registration.memoryId() && driver == other.driver;
    }

    /** The transmit rings that are bound, those of the host last. */
    public List<NetmapTxRing> txRings() {
        return txRings;
    }

    /**
     * How many of {@link #txRings}, from the first one on, frames are written to. These are the rings of the card if it
     * has any here, and otherwise all.
     */
    public int outgoingRings() {
        return cardTxRings == 0 ? txRings.size() : Math.min(cardTxRings, txRings.size());
    }

    /** The receive rings that are bound, those of the host last. */
    public List<NetmapRxRing> rxRings() {
        return rxRings;
    }

    /** The buffers in addition to those in the slots. */
    public NetmapExtraBuffers extraBuffers() {
        return extraBuffers;
    }

    /**
     * Gives filled transmit slots to netmap and takes free ones back, on all rings.
     *
     * @throws NetmapException if the port is gone
     */
    public void txSync() throws NetmapException {
        file.txSync();
        reloadTransmit();
    }

    /** Reads what a sync of {@link #file()} has changed in the transmit rings. */
    public void reloadTransmit() throws NetmapException {
        for (int i = 0; i < txRings.size(); i++) {
            txRings.get(i).reload();
        }
    }

    /**
     * Gives read receive slots back to netmap and takes new frames, on all rings.
     *
     * @throws NetmapException if the port is gone
     */
    public void rxSync() throws NetmapException {
        file.rxSync();
        reloadReceive();
    }

    /** Reads what a sync of {@link #file()} has changed in the receive rings. */
    public void reloadReceive() throws NetmapException {
        for (int i = 0; i < rxRings.size(); i++) {
            rxRings.get(i).reload();
        }
    }

    /** Releases the rings and keeps the port. The lent buffers stay valid until the port is closed. */
    public void stop() {
        txRings.forEach(NetmapRing::detach);
        rxRings.forEach(NetmapRing::detach);
        txRings.clear();
        rxRings.clear();
        file.releaseRings();
    }

    /**
     * Closes the port. Its memory is unmapped with the last reference to it, which is at once if nobody else has one.
     * Further calls do nothing.
     */
    @Override
    public void close() {
        OpenPorts.remove(this);
        stop();
        if (extraBuffers != null) {
            extraBuffers.restore();
            extraBuffers = null;
        }
        NetmapMemory mapped = memory;
        memory = null;
        if (mapped != null) {
            mapped.release();
        }
        file.close();
    }

    @Override
    public String toString() {
        return address + " (" + driver.name() + " netmap)";
    }
}
