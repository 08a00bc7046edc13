/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.buffer;

import io.netty.util.IllegalReferenceCountException;
import io.netty.util.ResourceLeakDetector;
import io.ringtap.ethernet.FrameBatch;
import io.ringtap.internal.netmap.layout.NetmapLayout.Slot;
import io.ringtap.internal.netmap.ring.NetmapRxRing;
import io.ringtap.internal.netmap.ring.NetmapTxRing;
import io.ringtap.netmap.Netmap;
import io.ringtap.netmap.NetmapException;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Buffers are lent as buffers of Netty, and released. */
class NetmapBufferPoolTest extends LentBuffers {
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
