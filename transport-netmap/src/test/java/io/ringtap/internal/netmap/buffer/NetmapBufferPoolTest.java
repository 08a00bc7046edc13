/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.buffer;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import io.netty.util.IllegalReferenceCountException;
import io.netty.util.ResourceLeakDetector;
import io.ringtap.ethernet.FrameBatch;
import io.ringtap.internal.netmap.driver.NetmapMemory;
import io.ringtap.internal.netmap.layout.NetmapLayout.If;
import io.ringtap.internal.netmap.layout.NetmapLayout.Slot;
import io.ringtap.internal.netmap.port.NetmapPort;
import io.ringtap.internal.netmap.ring.NetmapBuffers;
import io.ringtap.internal.netmap.ring.NetmapRxRing;
import io.ringtap.internal.netmap.ring.NetmapTxRing;
import io.ringtap.netmap.Netmap;
import io.ringtap.netmap.NetmapAddress;
import io.ringtap.netmap.NetmapException;
import io.ringtap.netmap.embedded.EmbeddedNetmap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
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
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Buffers are lent and released. This thread acts as the event loop. With and without leak records. */
@ParameterizedClass
@EnumSource(value = ResourceLeakDetector.Level.class, names = {"DISABLED", "PARANOID"})
class NetmapBufferPoolTest {
    private static final int LENT = 32;
    private static final int SEQUENCE = 20;

    /** An event loop that runs on the thread of the test. */
    private static final class TestThreadLoop extends DefaultEventLoop {
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

    private final ResourceLeakDetector.Level usual = ResourceLeakDetector.getLevel();
    private final EmbeddedNetmap netmap = Netmap.newEmbedded();
    private final Random random = new Random(4);
    private final EventLoop loop = new TestThreadLoop(Thread.currentThread());
    private NetmapPort source;
    private NetmapPort port;
    private NetmapBufferPool pool;
    private NetmapMemory memory;
    private NetmapBuffers buffers;
    private int nifp;
    private int sent;

    @BeforeEach
    void open() throws NetmapException {
        ResourceLeakDetector.setLevel(level);
        source = NetmapPort.open(netmap, NetmapAddress.parse("vale0:source"), 0, 0);
        openPort();
    }

    private void openPort() throws NetmapException {
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
    private void arrive(int count) throws NetmapException {
        // Give slots back before, or the switch would find no room.
        port.rxSync();
        for (int i = 0; i < count; i++) {
            ByteBuf frame = Unpooled.buffer(60).writeLong(-1).writeZero(52);
            source.txRings().get(0).write(frame.setByte(6, 2).setInt(SEQUENCE, sent++));
        }
        source.txSync();
        port.rxSync();
    }

    private NetmapByteBuf lendNext() {
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
    private void assertAllBuffersAreBack(List<Integer> inSlots) {
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

    private void closeWithAllBuffersBack() {
        List<Integer> slots = slots();
        pool.close();
        assertAllBuffersAreBack(slots);
    }

    /** To be called before the port closes. */
    private List<Integer> slots() {
        NetmapRxRing rx = port.rxRings().get(0);
        List<Integer> indices = new ArrayList<>();
        for (int slot = 0; slot < rx.slots(); slot++) {
            indices.add(Slot.bufferIndex(rx.word(slot)));
        }
        return indices;
    }

    @Test
    void aReleasedFrameIsAsGoodAsFreed() throws Exception {
        arrive(1);
        NetmapByteBuf frame = lendNext();
        assertThat(frame.release()).isTrue();
        assertThat(frame.refCnt()).isZero();
        assertThatThrownBy(() -> frame.getByte(0)).isInstanceOf(IllegalReferenceCountException.class);
        assertThatThrownBy(frame::release).isInstanceOf(IllegalReferenceCountException.class);
        if (level == ResourceLeakDetector.Level.PARANOID) {
            for (int i = 0; i < 3 * LENT; i++) {
                arrive(1);
                NetmapByteBuf next = lendNext();
                assertThat(frame.refCnt()).as("though its buffer is lent again").isZero();
                assertThatThrownBy(frame::release).isInstanceOf(IllegalReferenceCountException.class);
                next.release();
            }
        }
        closeWithAllBuffersBack();
    }

    @Test
    void framesComeBackInAnyOrderFromAnyThread() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(3);
        try {
            List<Future<?>> releases = new ArrayList<>();
            List<NetmapByteBuf> held = new ArrayList<>();
            int expected = 0;
            for (int round = 0; round < 3000; round++) {
                int count = random.nextInt(40);
                arrive(count);
                for (int i = 0; i < count; i++, expected++) {
                    NetmapByteBuf frame = lendNext();
                    if (frame == null) {
                        continue;
                    }
                    assertThat(frame.getInt(SEQUENCE)).isEqualTo(expected);
                    assertThat(frame.refCnt()).isEqualTo(1);
                    frame.setInt(SEQUENCE + 4, expected);
                    held.add(frame);
                }
                while (held.size() > random.nextInt(LENT + 1)) {
                    NetmapByteBuf frame = held.remove(random.nextInt(held.size()));
                    // Nobody else got the memory meanwhile.
                    assertThat(frame.getInt(SEQUENCE)).isEqualTo(frame.getInt(SEQUENCE + 4));
                    if (random.nextInt(4) == 0) {
                        frame.release();
                    } else {
                        releases.add(threads.submit(() -> frame.release()));
                    }
                }
                if (round % 2 == 0) {
                    // Otherwise the other threads might never catch up.
                    await(releases);
                }
            }
            assertThat(pool.lent() + pool.copied()).isEqualTo(expected);
            assertThat(pool.lent()).isGreaterThan(expected / 20);
            assertThat(pool.copied()).isPositive();
            held.forEach(NetmapByteBuf::release);
            await(releases);
        } finally {
            threads.shutdown();
        }
        closeWithAllBuffersBack();
    }

    private static void await(List<Future<?>> releases) throws ExecutionException, InterruptedException {
        for (Future<?> release : releases) {
            release.get();
        }
        releases.clear();
    }

    @Test
    void closingRacesWithTheReleases() throws NetmapException, InterruptedException, ExecutionException {
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try {
            for (int round = 0; round < 500; round++) {
                int count = 1 + random.nextInt(LENT);
                arrive(count);
                List<NetmapByteBuf> frames = new ArrayList<>();
                for (int i = 0; i < count; i++) {
                    NetmapByteBuf frame = lendNext();
                    if (random.nextInt(4) == 0) {
                        frame.release();
                    } else {
                        frames.add(frame);
                    }
                }
                List<Integer> slots = slots();
                int half = frames.size() / 2;
                Future<?> one = threads.submit(() -> frames.subList(0, half).forEach(NetmapByteBuf::release));
                Future<?> other =
                    threads.submit(() -> frames.subList(half, frames.size()).forEach(NetmapByteBuf::release));
                pool.close();
                one.get();
                other.get();
                assertThat(Netmap.pinnedPorts()).isEmpty();
                assertAllBuffersAreBack(slots);
                openPort();
            }
            closeWithAllBuffersBack();
        } finally {
            threads.shutdown();
        }
    }

    @Test
    void aHeldFrameDoesNotStandInTheWayOfTheOthers() throws NetmapException {
        arrive(1);
        NetmapByteBuf held = lendNext();
        for (int i = 0; i < 5 * LENT; i++) {
            arrive(1);
            NetmapByteBuf frame = lendNext();
            assertThat(frame).isNotNull();
            frame.release();
        }
        assertThat(held.getInt(SEQUENCE)).isZero();
        List<Integer> slots = slots();
        pool.close();
        assertThat(Netmap.pinnedPorts()).hasSize(1);
        held.release();
        assertAllBuffersAreBack(slots);
    }

    @Test
    void aFrameWithMemoryOfItsOwnIsNotSwapped() throws NetmapException {
        arrive(1);
        NetmapByteBuf frame = lendNext();
        frame.capacity(100);
        frame.setByte(SEQUENCE, 77);
        assertThat(pool.swap(port.txRings().get(0), frame)).isFalse();
        NetmapTxRing tx = port.txRings().get(0);
        assertThat(tx.write(frame)).isTrue();
        assertThat(tx.buffer(Slot.bufferIndex(tx.word(0))).get(SEQUENCE)).isEqualTo((byte) 77);
        int index = frame.index();
        frame.release();

        // Its buffer can be used like any other.
        List<Integer> seen = new ArrayList<>();
        for (int i = 0; i < 2 * 64; i++) {
            arrive(1);
            NetmapByteBuf next = lendNext();
            assertThat(next.capacity()).isEqualTo(2048);
            assertThat(next.getInt(SEQUENCE)).isEqualTo(i + 1);
            seen.add(next.index());
            next.release();
        }
        assertThat(seen).contains(index);
        closeWithAllBuffersBack();
    }

    @Test
    void aBufferMayComeRoundBeforeItsReturnWasSeen() throws NetmapException {
        NetmapTxRing tx = port.txRings().get(0);
        arrive(2);
        NetmapByteBuf frame = lendNext();
        int index = frame.index();
        assertThat(pool.swap(tx, frame)).isTrue();
        frame.release();
        // Acts as a wire from the transmit ring to the receive ring.
        NetmapRxRing rx = port.rxRings().get(0);
        int there = Slot.bufferIndex(rx.word(rx.head()));
        rx.word(rx.head(), Slot.word(index, 60, 0));
        tx.word(0, Slot.word(there, 60, 0));

        NetmapByteBuf again = lendNext();
        assertThat(again.index()).isEqualTo(index);
        assertThat(again.refCnt()).isEqualTo(1);
        again.release();
        for (int i = 0; i < 3 * LENT; i++) {
            arrive(1);
            lendNext().release();
        }
        List<Integer> slots = slots();
        for (int slot = 0; slot < tx.slots(); slot++) {
            slots.add(Slot.bufferIndex(tx.word(slot)));
        }
        pool.close();
        assertAllBuffersAreBack(slots);
    }

    /** The frames that have arrived, without an object for each. */
    private FrameBatch lendBatch(int max) {
        FrameBatch batch = FrameBatch.newInstance();
        assertThat(pool.lend(port.rxRings().get(0), batch, max)).isEqualTo(batch.size());
        return batch;
    }

    private void assertNumbered(FrameBatch batch, int first) {
        for (int i = 0; i < batch.size(); i++) {
            assertThat(batch.length(i)).isEqualTo(60);
            assertThat(batch.getLong(i, SEQUENCE) >>> 32).isEqualTo(first + i);
        }
    }

    /** Releases a batch in one of the ways in which its buffers can return to the pool. */
    private void giveBack(FrameBatch batch, int way) {
        if (way == 0 && !batch.isEmpty()) {
            batch.poll().release();
        } else if (way == 1 && !batch.isEmpty()) {
            ByteBuf frame = batch.get(batch.size() - 1);
            assertThat(frame.getInt(SEQUENCE)).isEqualTo((int) (batch.getLong(batch.size() - 1, SEQUENCE) >>> 32));
        } else if (way == 2) {
            FrameBatch other = FrameBatch.newInstance();
            while (batch.size() > 1) {
                batch.moveTo(other);
            }
            other.release();
        }
        batch.release();
    }

    @Test
    void framesOfBatchesComeBackFromAnyThread() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(3);
        try {
            List<Future<?>> releases = new ArrayList<>();
            int arrived = 0;
            int batched = 0;
            for (int round = 0; round < 3000; round++) {
                int count = random.nextInt(LENT);
                arrive(count);
                // A few are lent one by one, as happens when there are no spare buffers for a batch.
                int single = count == 0 ? 0 : random.nextInt(3);
                for (int i = 0; i < Math.min(single, count); i++) {
                    NetmapByteBuf frame = lendNext();
                    if (frame != null) {
                        assertThat(frame.getInt(SEQUENCE)).isEqualTo(arrived + i);
                        releases.add(threads.submit(() -> frame.release()));
                    }
                }
                FrameBatch batch = lendBatch(64);
                assertNumbered(batch, arrived + Math.min(single, count));
                batched += batch.size();
                NetmapRxRing rx = port.rxRings().get(0);
                while (rx.next() != NetmapRxRing.NONE) {
                    rx.release();
                }
                arrived += count;
                int way = random.nextInt(4);
                if (random.nextBoolean()) {
                    giveBack(batch, way);
                } else {
                    releases.add(threads.submit(() -> giveBack(batch, way)));
                }
                if (round % 3 == 0) {
                    await(releases);
                }
            }
            assertThat(batched).isGreaterThan(arrived / 2);
            await(releases);
        } finally {
            threads.shutdown();
        }
        closeWithAllBuffersBack();
    }

    @Test
    void closingRacesWithTheFramesOfBatches() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try {
            for (int round = 0; round < 500; round++) {
                arrive(1 + random.nextInt(LENT));
                FrameBatch one = lendBatch(1 + random.nextInt(8));
                FrameBatch two = lendBatch(8);
                FrameBatch here = lendBatch(8);
                FrameBatch after = lendBatch(64);
                List<Integer> slots = slots();
                int way = random.nextInt(4);
                Future<?> first = threads.submit(() -> giveBack(one, way));
                Future<?> second = threads.submit(() -> giveBack(two, (way + 1) % 4));
                giveBack(here, way);
                pool.close();
                giveBack(after, way);
                first.get();
                second.get();
                assertThat(Netmap.pinnedPorts()).isEmpty();
                assertAllBuffersAreBack(slots);
                openPort();
            }
            closeWithAllBuffersBack();
        } finally {
            threads.shutdown();
        }
    }

    @Test
    void aBatchTakesTheBuffersOfFramesThatAreBack() throws NetmapException {
        arrive(LENT);
        List<NetmapByteBuf> frames = new ArrayList<>();
        for (int i = 0; i < LENT; i++) {
            frames.add(lendNext());
        }
        arrive(5);
        FrameBatch none = lendBatch(5);
        assertThat(none.isEmpty()).isTrue();
        none.release();
        frames.subList(0, 3).forEach(NetmapByteBuf::release);
        FrameBatch three = lendBatch(5);
        assertThat(three.size()).isEqualTo(3);
        assertNumbered(three, LENT);
        three.release();
        frames.subList(3, LENT).forEach(NetmapByteBuf::release);
        closeWithAllBuffersBack();
    }

    @Test
    void aBatchBeginsWithTheFrameThatWasFound() throws NetmapException {
        arrive(3);
        assertThat(port.rxRings().get(0).next()).isEqualTo(60);
        FrameBatch batch = lendBatch(2);
        assertNumbered(batch, 0);
        assertThat(batch.size()).isEqualTo(2);
        assertThat(lendNext().release()).isTrue();
        assertThat(port.rxRings().get(0).next()).isEqualTo(NetmapRxRing.NONE);
        batch.release();
        closeWithAllBuffersBack();
    }

    @Test
    void framesOfABatchGoIntoSlotsAsFarAsThereIsRoom() throws NetmapException {
        NetmapTxRing tx = port.txRings().get(0);
        for (int i = 0; i < tx.slots() - 6; i++) {
            assertThat(tx.write(Unpooled.buffer(60).writeZero(60))).isTrue();
        }
        int room = tx.available();
        arrive(12);
        FrameBatch batch = lendBatch(12);
        batch.get(2);
        List<Integer> indices = new ArrayList<>();
        for (int i = 0; i < batch.size(); i++) {
            indices.add(Slot.bufferIndex(batch.handle(i)));
        }
        int slot = tx.head();
        // Up to the first that is a buffer already, up to the end of the memory, and as far as there is room.
        assertThat(pool.swap(tx, batch, 12)).isEqualTo(2);
        batch.removeHandles(2);
        assertThat(pool.swap(tx, batch, 12)).isZero();
        batch.poll().release();
        int sent = 2;
        for (int n; (n = pool.swap(tx, batch, 12)) != 0; sent += n) {
            batch.removeHandles(n);
        }
        assertThat(sent).isEqualTo(room);
        assertThat(tx.available()).isZero();
        for (int i = 0; i < sent; i++, slot = tx.next(slot)) {
            assertThat(tx.word(slot)).isEqualTo(Slot.word(indices.get(i < 2 ? i : i + 1), 60, Slot.BUF_CHANGED));
        }
        assertThat(pool.swapped()).isEqualTo(room);
        assertNumbered(batch, sent + 1);
        batch.release();
        List<Integer> slots = slots();
        for (int i = 0; i < tx.slots(); i++) {
            slots.add(Slot.bufferIndex(tx.word(i)));
        }
        pool.close();
        assertAllBuffersAreBack(slots);
    }

    @Test
    void aFrameTakenElsewhereMayHaveMemoryOfItsOwn() throws Exception {
        arrive(2);
        FrameBatch batch = lendBatch(2);
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try {
            ByteBuf frame = thread.submit(batch::poll).get();
            frame.capacity(100).setByte(99, 7);
            assertThat(frame.getInt(SEQUENCE)).isZero();
            assertThat(pool.swap(port.txRings().get(0), frame)).isFalse();
            assertThat(frame.release()).isTrue();
            ByteBuf other = thread.submit(batch::poll).get();
            assertThat(pool.swap(port.txRings().get(0), other)).isTrue();
            thread.submit(() -> other.release()).get();
        } finally {
            thread.shutdown();
        }
        batch.release();
        List<Integer> slots = slots();
        slots.add(Slot.bufferIndex(port.txRings().get(0).word(0)));
        pool.close();
        assertAllBuffersAreBack(slots);
    }

    @Test
    void withoutALoopOfItsOwnEveryThreadIsElsewhere() throws NetmapException {
        arrive(4);
        FrameBatch batch = lendBatch(4);
        pool.servedBy(null);
        batch.poll().release();
        NetmapByteBuf held = (NetmapByteBuf) batch.poll();
        assertThat(held.isLoose()).isTrue();
        pool.servedBy(loop);
        batch.release();
        List<Integer> slots = slots();
        pool.close();
        assertThat(Netmap.pinnedPorts()).hasSize(1);
        held.release();
        assertAllBuffersAreBack(slots);
    }
}
