/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.buffer;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ringtap.ethernet.FrameBatch;
import io.ringtap.internal.netmap.layout.NetmapLayout.Slot;
import io.ringtap.internal.netmap.ring.NetmapRxRing;
import io.ringtap.internal.netmap.ring.NetmapTxRing;
import io.ringtap.netmap.Netmap;
import io.ringtap.netmap.NetmapException;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import static org.assertj.core.api.Assertions.assertThat;

/** Buffers are lent as frames of a batch, and released. */
class NetmapBatchPoolTest extends LentBuffers {
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
}
