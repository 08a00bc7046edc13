/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.embedded;

import io.ringtap.internal.netmap.driver.NetmapFile;
import io.ringtap.internal.netmap.driver.NetmapMemory;
import io.ringtap.internal.netmap.driver.NetmapRegistration;
import io.ringtap.internal.netmap.driver.NetmapRequest;
import io.ringtap.netmap.NetmapError;
import io.ringtap.netmap.NetmapException;
import io.ringtap.netmap.NetmapRingCounts;

import java.util.ArrayList;
import java.util.List;

/** One open of the {@link JvmNetmap}. */
final class EmbeddedFile implements NetmapFile {
    private final JvmNetmap netmap;
    /** The files that the current sync has to wake, after it has released the lock. */
    private final List<EmbeddedFile> toSignal = new ArrayList<>();
    private EmbeddedBinding binding;
    private volatile Runnable callback;
    /**
     * The callback was called and no sync has followed, so it need not be called again. Guarded by the lock of the
     * port.
     */
    private boolean signalled;
    private boolean ringsReleased;

    EmbeddedFile(JvmNetmap netmap) {
        this.netmap = netmap;
    }

    @Override
    public NetmapRegistration register(NetmapRequest request) throws NetmapException {
        if (binding != null) {
            throw new NetmapException(request.portName() + ": this file is bound to " + binding.port().name(),
                NetmapError.EBUSY);
        }
        binding = netmap.bind(this, request);
        return binding.registration();
    }

    @Override
    public NetmapMemory map() throws NetmapException {
        if (binding == null) {
            throw new NetmapException("mmap of a file that is bound to no port", NetmapError.EINVAL);
        }
        return binding.port().memory().retain();
    }

    private EmbeddedBinding bound() throws NetmapException {
        EmbeddedBinding bound = binding;
        if (bound == null || ringsReleased) {
            throw new NetmapException("sync of a file that is bound to no port", NetmapError.ENXIO);
        }
        return bound;
    }

    @Override
    public void txSync() throws NetmapException {
        EmbeddedBinding bound = bound();
        EmbeddedPort port = bound.port();
        synchronized (port.lock()) {
            signalled = false;
            for (int i = bound.firstTx(); i < bound.endTx(); i++) {
                EmbeddedRing ring = port.txRings()[i];
                port.txSync(ring, i, ring.begin(), this);
                ring.end();
            }
        }
        signalOthers();
    }

    @Override
    public void rxSync() throws NetmapException {
        EmbeddedBinding bound = bound();
        EmbeddedPort port = bound.port();
        long now = System.currentTimeMillis();
        synchronized (port.lock()) {
            signalled = false;
            for (int i = bound.firstRx(); i < bound.endRx(); i++) {
                EmbeddedRing ring = port.rxRings()[i];
                port.rxSync(ring, i, ring.begin(), this);
                ring.end();
                ring.stamp(now);
            }
        }
        signalOthers();
    }

    /**
     * Notes that another file has to be woken. The caller holds the lock of the port, which guards the other file too.
     */
    void willSignal(EmbeddedFile other) {
        if (!other.signalled && other != this) {
            other.signalled = true;
            toSignal.add(other);
        }
    }

    private void signalOthers() {
        for (int i = 0; i < toSignal.size(); i++) {
            Runnable ready = toSignal.get(i).callback;
            if (ready != null) {
                ready.run();
            }
        }
        toSignal.clear();
    }

    @Override
    public int headerLength(String port) throws NetmapException {
        return netmap.port(port).headerLength();
    }

    @Override
    public void headerLength(String port, int length) throws NetmapException {
        if (length != 0 && length != 10 && length != 12) {
            throw new NetmapException("vnet header of " + length + " bytes on " + port + ": it has 0, 10 or 12",
                NetmapError.EINVAL);
        }
        netmap.port(port).headerLength(length);
    }

    @Override
    public NetmapRegistration portInfo(String port) throws NetmapException {
        return netmap.info(port);
    }

    @Override
    public void attach(NetmapRequest request) throws NetmapException {
        netmap.attach(request);
    }

    @Override
    public void detach(String port) throws NetmapException {
        netmap.detach(port);
    }

    @Override
    public List<String> valePorts() {
        return netmap.valePorts();
    }

    @Override
    public void create(String name, NetmapRingCounts counts, int memoryId) throws NetmapException {
        netmap.create(name, counts, memoryId);
    }

    @Override
    public void destroy(String name) throws NetmapException {
        netmap.destroy(name);
    }

    @Override
    public long receivedDrops() {
        EmbeddedBinding bound = binding;
        if (bound == null) {
            return -1;
        }
        synchronized (bound.port().lock()) {
            return bound.port().receivedDrops();
        }
    }

    @Override
    public int descriptor() {
        return -1;
    }

    @Override
    public void onReady(Runnable ready) {
        callback = ready;
    }

    @Override
    public void releaseRings() {
        if (binding != null) {
            callback = null;
            ringsReleased = true;
            netmap.releaseRings(this, binding);
        }
    }

    @Override
    public void close() {
        callback = null;
        EmbeddedBinding bound = binding;
        binding = null;
        if (bound != null) {
            netmap.unbind(this, bound);
        }
    }
}
