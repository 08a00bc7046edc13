/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.ring;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ringtap.internal.netmap.layout.NetmapLayout.Ring;
import io.ringtap.internal.netmap.layout.NetmapLayout.Slot;
import io.ringtap.netmap.NetmapException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Random operations on a transmit ring and a receive ring with a wire between them, compared with a queue of frames.
 * Each frame that is written arrives once, complete and in order, whatever the wire does with the slots.
 */
class NetmapRingModelTest {
    private static final int STEPS = 30_000;

    private final RingFixture txMemory;
    private final RingFixture rxMemory;
    private final Random random;
    /** Frames accepted by write() and not yet read. */
    private final Deque<byte[]> queue = new ArrayDeque<>();
    private NetmapTxRing tx;
    private NetmapRxRing rx;
    /** The next slot that the wire reads, and the next that it fills. */
    private int wireTx;
    private int wireRx;
    private boolean midChain;
    private long frames;
    private long emptied;
    private long spoilt;

    NetmapRingModelTest() {
        random = new Random();
        // Two different sizes, which are no powers of two.
        txMemory = RingFixture.tx(13);
        rxMemory = RingFixture.rx(11);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void whatGoesInComesOut(long seed) throws NetmapException {
        random.setSeed(seed);
        tx = txMemory.openTx();
        rx = rxMemory.openRx();
        for (int i = 0; i < STEPS; i++) {
            switch (random.nextInt(4)) {
                case 0 -> write();
                case 1 -> carry(random.nextInt(13));
                default -> read(random.nextInt(4));
            }
            assertThat(rx.available()).isBetween(0, 10);
            assertThat(tx.available()).isBetween(0, 12);
        }
        while (!queue.isEmpty()) {
            carry(13);
            read(13);
        }
        assertThat(frames).isGreaterThan(STEPS / 20);
        assertThat(emptied).isPositive();
        assertThat(spoilt).isPositive();
        assertThat(rx.badSlots()).isEqualTo(spoilt);
        assertThat(rx.badChains()).isEqualTo(spoilt);
        assertThat(rx.emptySlots()).isEqualTo(emptied);
        assertThat(rx.resets()).isZero();
        assertThat(tx.resets()).isZero();
    }

    private void write() throws NetmapException {
        byte[] frame = RandomFrames.bytes(random.nextLong(), 1 + random.nextInt(6 * 64));
        int free = tx.available();
        boolean written = tx.write(Unpooled.wrappedBuffer(frame));
        assertThat(written).isEqualTo(free >= (frame.length + 63) / 64);
        if (written) {
            queue.add(frame);
        }
    }

    /**
     * A sync of both sides. Some slots cross the wire, with invalid ones between the frames that the reader has to
     * skip.
     */
    private void carry(int slots) throws NetmapException {
        for (int i = 0; i < slots; i++) {
            if (!midChain && rxFree() && random.nextInt(8) == 0) {
                rubbish();
            }
            if (wireTx == txMemory.header(Ring.HEAD) || !rxFree()) {
                break;
            }
            byte[] data = txMemory.data(wireTx);
            midChain = (txMemory.flags(wireTx) & Slot.MOREFRAG) != 0;
            rxMemory.fill(wireRx, data, 0, data.length, midChain);
            wireTx = (wireTx + 1) % txMemory.slots;
            wireRx = (wireRx + 1) % rxMemory.slots;
        }
        txMemory.header(Ring.TAIL, (wireTx + txMemory.slots - 1) % txMemory.slots);
        rxMemory.header(Ring.TAIL, wireRx);
        tx.reload();
        rx.reload();
    }

    private boolean rxFree() {
        return (wireRx + 1) % rxMemory.slots != rxMemory.header(Ring.HEAD);
    }

    private void rubbish() {
        if (random.nextBoolean()) {
            rxMemory.slot(wireRx, 0, 0);
            emptied++;
        } else {
            rxMemory.slot(wireRx, 65 + random.nextInt(1000), 0);
            spoilt++;
        }
        wireRx = (wireRx + 1) % rxMemory.slots;
    }

    private void read(int max) {
        for (int i = 0; i < max; i++) {
            int length = rx.next();
            if (length == NetmapRxRing.NONE) {
                return;
            }
            byte[] expected = queue.remove();
            ByteBuf frame = Unpooled.buffer(length);
            rx.read(frame);
            assertThat(Arrays.equals(frame.array(), expected)).isTrue();
            rx.release();
            frames++;
        }
    }
}
