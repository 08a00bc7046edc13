/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.buffer;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import io.netty.util.ResourceLeakDetector;
import io.ringtap.ethernet.FrameBatch;
import io.ringtap.internal.netmap.driver.NetmapMemory;
import io.ringtap.internal.netmap.layout.NetmapLayout.If;
import io.ringtap.internal.netmap.layout.NetmapLayout.Slot;
import io.ringtap.internal.netmap.port.NetmapPort;
import io.ringtap.internal.netmap.ring.NetmapBuffers;
import io.ringtap.internal.netmap.ring.NetmapRxRing;
import io.ringtap.netmap.Netmap;
import io.ringtap.netmap.NetmapAddress;
import io.ringtap.netmap.NetmapException;
import io.ringtap.netmap.embedded.EmbeddedNetmap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

import static org.assertj.core.api.Assertions.assertThat;

/** A port whose buffers are lent. The thread of the test acts as the event loop. With and without leak records. */
@ParameterizedClass
@EnumSource(value = ResourceLeakDetector.Level.class, names = {"DISABLED", "PARANOID"})
abstract class LentBuffers {
    static final int LENT = 32;
    static final int SEQUENCE = 20;

    /** An event loop that runs on the thread of the test. */
    static final class TestThreadLoop extends DefaultEventLoop {
        private final Thread thread;

        TestThreadLoop(Thread thread) {
            this.thread = thread;
        }

        @Override
        public boolean inEventLoop(Thread asked) {
            return asked == thread;
        }
    }

    @Parameter
    ResourceLeakDetector.Level level;

    final ResourceLeakDetector.Level usual = ResourceLeakDetector.getLevel();
    final EmbeddedNetmap netmap = Netmap.newEmbedded();
    final Random random = new Random(4);
    final EventLoop loop = new TestThreadLoop(Thread.currentThread());
    NetmapPort source;
    NetmapPort port;
    NetmapBufferPool pool;
    NetmapMemory memory;
    NetmapBuffers buffers;
    int nifp;
    int sent;

    @BeforeEach
    void open() throws NetmapException {
        ResourceLeakDetector.setLevel(level);
        source = NetmapPort.open(netmap, NetmapAddress.parse("vale0:source"), 0, 0);
        openPort();
    }

    void openPort() throws NetmapException {
        port = NetmapPort.open(netmap, NetmapAddress.parse("vale0:port@conf:slots=64"), 0, LENT);
        pool = new NetmapBufferPool(port);
        pool.servedBy(loop);
        memory = port.memory().retain();
        nifp = (int) port.registration().offset();
        buffers = port.rxRings().get(0).buffers();
    }

    @AfterEach
    void close() {
        ResourceLeakDetector.setLevel(usual);
        source.close();
        assertThat(Netmap.pinnedPorts()).isEmpty();
        assertThat(memory.refCnt()).isZero();
    }

    /** Makes numbered frames arrive. */
    void arrive(int count) throws NetmapException {
        // Give slots back before, or the switch would find no room.
        port.rxSync();
        for (int i = 0; i < count; i++) {
            ByteBuf frame = Unpooled.buffer(60).writeLong(-1).writeZero(52);
            source.txRings().get(0).write(frame.setByte(6, 2).setInt(SEQUENCE, sent++));
        }
        source.txSync();
        port.rxSync();
    }

    NetmapByteBuf lendNext() {
        NetmapRxRing ring = port.rxRings().get(0);
        assertThat(ring.next()).isEqualTo(60);
        NetmapByteBuf frame = pool.lend(ring);
        ring.release();
        return frame;
    }

    /**
     * Checks the buffers that the port gave back to netmap when it closed: every spare buffer once, and none that is in
     * a slot.
     */
    void assertAllBuffersAreBack(List<Integer> inSlots) {
        Set<Integer> all = new HashSet<>(inSlots);
        assertThat(all).hasSameSizeAs(inSlots);
        ByteBuffer region = memory.window(0, (int) memory.size());
        int count = 0;
        for (int index = region.getInt(nifp + If.BUFS_HEAD); index != 0; index = buffers.link(index)) {
            assertThat(all.add(index)).as("buffer %s once", index).isTrue();
            count++;
        }
        assertThat(count).isEqualTo(LENT);
        memory.release();
    }

    void closeWithAllBuffersBack() {
        List<Integer> slots = slots();
        pool.close();
        assertAllBuffersAreBack(slots);
    }

    /** To be called before the port closes. */
    List<Integer> slots() {
        NetmapRxRing rx = port.rxRings().get(0);
        List<Integer> indices = new ArrayList<>();
        for (int slot = 0; slot < rx.slots(); slot++) {
            indices.add(Slot.bufferIndex(rx.word(slot)));
        }
        return indices;
    }

    static void await(List<Future<?>> releases) throws ExecutionException, InterruptedException {
        for (Future<?> release : releases) {
            release.get();
        }
        releases.clear();
    }

    /** The frames that have arrived, without an object for each. */
    FrameBatch lendBatch(int max) {
        FrameBatch batch = FrameBatch.newInstance();
        assertThat(pool.lend(port.rxRings().get(0), batch, max)).isEqualTo(batch.size());
        return batch;
    }
}
