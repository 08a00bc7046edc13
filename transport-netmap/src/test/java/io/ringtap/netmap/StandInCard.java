/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap;

import io.ringtap.internal.netmap.driver.NetmapBackend;
import io.ringtap.internal.netmap.driver.NetmapFile;
import io.ringtap.internal.netmap.driver.NetmapMemory;
import io.ringtap.internal.netmap.driver.NetmapRegistration;
import io.ringtap.internal.netmap.driver.NetmapRequest;
import io.ringtap.internal.unix.NativeMemory;
import io.ringtap.internal.unix.SystemCalls;
import io.ringtap.netmap.embedded.EmbeddedNetmap;

import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A netmap whose cards are ports of an embedded switch, with a pipe as their descriptor. It can answer like the kernel
 * for a card whose rings are stopped. Everything else is done by the embedded netmap.
 */
final class StandInCard implements NetmapBackend, AutoCloseable {
    /** The port behind every card. */
    static final String PORT = "vale0:card";

    final AtomicInteger failedReads = new AtomicInteger();
    /** Whether the next sync fails as no sync does, which is noted here. */
    final AtomicBoolean broken = new AtomicBoolean();
    volatile boolean stopped;
    /** Whether what is written stays in the rings although each sync succeeds. */
    volatile boolean holding;

    private final EmbeddedNetmap netmap;
    private final NativeMemory ends = NativeMemory.allocate(2 * Integer.BYTES);

    StandInCard(EmbeddedNetmap netmap) throws Exception {
        this.netmap = netmap;
        SystemCalls.check("pipe", SystemCalls.pipe(ends));
    }

    @Override
    public String name() {
        return "kernel";
    }

    /** Makes its descriptor readable. */
    void wake() {
        SystemCalls.write(ends.buffer().getInt(Integer.BYTES), ends.address(), 1);
    }

    /** Makes its descriptor unreadable. */
    void calm() {
        NativeMemory bytes = NativeMemory.allocate(64);
        SystemCalls.read(ends.buffer().getInt(0), bytes.address(), bytes.size());
        bytes.clear();
    }

    @Override
    public void close() {
        SystemCalls.close(ends.buffer().getInt(0));
        SystemCalls.close(ends.buffer().getInt(Integer.BYTES));
    }

    @Override
    public NetmapFile open() throws NetmapException {
        return new Card(NetmapBackend.of(netmap).open());
    }

    private final class Card implements NetmapFile {
        private final NetmapFile file;

        Card(NetmapFile file) {
            this.file = file;
        }

        @Override
        public NetmapRegistration register(NetmapRequest r) throws NetmapException {
            return file.register(new NetmapRequest(PORT, r.mode(), r.ring(), r.flags(), r.memoryId(), r.counts(),
                r.extraBuffers(), r.externalMemory()));
        }

        @Override
        public NetmapMemory map() throws NetmapException {
            return file.map();
        }

        @Override
        public void txSync() throws NetmapException {
            requireRunning();
            if (!holding) {
                file.txSync();
            }
        }

        @Override
        public void rxSync() throws NetmapException {
            if (stopped) {
                failedReads.incrementAndGet();
            }
            requireRunning();
            if (broken.getAndSet(false)) {
                throw new IllegalStateException("of this test");
            }
            file.rxSync();
        }

        private void requireRunning() throws NetmapException {
            if (stopped) {
                throw new NetmapException("sync", NetmapError.EIO);
            }
        }

        @Override
        public int headerLength(String port) {
            return 0;
        }

        @Override
        public void headerLength(String port, int length) throws NetmapException {
            throw new NetmapException(port, NetmapError.ENXIO);
        }

        @Override
        public NetmapRegistration portInfo(String port) throws NetmapException {
            return file.portInfo(PORT);
        }

        @Override
        public void attach(NetmapRequest request) throws NetmapException {
            file.attach(request);
        }

        @Override
        public void detach(String port) throws NetmapException {
            file.detach(port);
        }

        @Override
        public List<String> valePorts() throws NetmapException {
            return file.valePorts();
        }

        @Override
        public void create(String name, NetmapRingCounts counts, int memoryId) throws NetmapException {
            file.create(name, counts, memoryId);
        }

        @Override
        public void destroy(String name) throws NetmapException {
            file.destroy(name);
        }

        @Override
        public long receivedDrops() {
            return -1;
        }

        @Override
        public int descriptor() {
            return ends.buffer().getInt(0);
        }

        @Override
        public void onReady(Runnable callback) {
            throw new UnsupportedOperationException("wait on the descriptor");
        }

        @Override
        public void close() {
            file.close();
        }
    }
}
