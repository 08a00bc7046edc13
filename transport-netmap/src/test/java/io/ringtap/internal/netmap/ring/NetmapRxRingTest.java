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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class NetmapRxRingTest {
    /**
     * Each slot is given by its length, with {@code +} if the frame continues, and {@code !} if its buffer index is out
     * of range. Frames are given by their lengths.
     */
    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "-", value = {
        // first | slots                | frames      | head | cur | empty | bad slots | bad chains
        "0       | -                    | -           | 0    | 0   | 0     | 0 | 0",
        "0       | 60                   | 60          | 1    | 1   | 0     | 0 | 0",
        "0       | 60 64 1              | 60 64 1     | 3    | 3   | 0     | 0 | 0",
        "6       | 60 60 60             | 60 60 60    | 1    | 1   | 0     | 0 | 0",
        "0       | 1 2 3 4 5 6 7        | 1 2 3 4 5 6 7 | 7  | 7   | 0     | 0 | 0",
        "5       | 1 2 3 4 5 6 7        | 1 2 3 4 5 6 7 | 4  | 4   | 0     | 0 | 0",
        "0       | 64+ 64+ 9            | 137         | 3    | 3   | 0     | 0 | 0",
        "6       | 64+ 64+ 9 5          | 137 5       | 2    | 2   | 0     | 0 | 0",
        "7       | 64+                  | -           | 7    | 0   | 0     | 0 | 0",
        "0       | 60 64+ 64+           | 60          | 1    | 3   | 0     | 0 | 0",
        "0       | 0                    | -           | 1    | 1   | 1     | 0 | 0",
        "0       | 0 0 60 0             | 60          | 4    | 4   | 3     | 0 | 0",
        "0       | 0+ 60                | 60          | 2    | 2   | 0     | 0 | 0",
        "0       | 60+ 0                | 60          | 2    | 2   | 0     | 0 | 0",
        "0       | 0+ 0                 | -           | 2    | 2   | 2     | 0 | 0",
        "0       | 0!                   | -           | 1    | 1   | 1     | 0 | 0",
        "0       | 65                   | -           | 1    | 1   | 0     | 1 | 1",
        "0       | 66 60                | 60          | 2    | 2   | 0     | 1 | 1",
        "0       | 60+ 65535 60         | 60          | 3    | 3   | 0     | 1 | 1",
        "0       | 60! 61               | 61          | 2    | 2   | 0     | 1 | 1",
        "7       | 60+ 60! 61           | 61          | 2    | 2   | 0     | 1 | 1",
        "0       | 1+ 1+ 1+ 1+ 1+ 1+ 1+ | -           | 7    | 7   | 0     | 0 | 1",
    })
    void findsWholeFrames(int first, String slots, String frames, int head, int cur, long empty, long badSlots,
                          long badChains) throws NetmapException {
        RingFixture fixture = RingFixture.rx(8);
        int tail = fill(fixture, first, slots);
        fixture.indices(first, first, tail);
        NetmapRxRing ring = fixture.openRx();

        assertThat(readAll(ring)).isEqualTo(lengths(frames));
        assertThat(fixture.header(Ring.HEAD)).isEqualTo(head).isEqualTo(ring.head());
        assertThat(fixture.header(Ring.CUR)).isEqualTo(cur).isEqualTo(ring.cur());
        assertThat(fixture.header(Ring.TAIL)).isEqualTo(tail);
        assertThat(ring.emptySlots()).isEqualTo(empty);
        assertThat(ring.badSlots()).isEqualTo(badSlots);
        assertThat(ring.badChains()).isEqualTo(badChains);
    }

    private static int fill(RingFixture fixture, int first, String slots) {
        int slot = first;
        for (String text : slots == null ? new String[0] : slots.split(" ")) {
            int length = Integer.parseInt(text.replaceAll("[+!]", ""));
            fixture.slot(slot, length, text.contains("+") ? Slot.MOREFRAG : 0);
            if (text.contains("!")) {
                fixture.bufferIndex(slot, 10);
            }
            slot = (slot + 1) % fixture.slots;
        }
        return slot;
    }

    private static List<Integer> lengths(String text) {
        List<Integer> lengths = new ArrayList<>();
        for (String length : text == null ? new String[0] : text.split(" ")) {
            lengths.add(Integer.parseInt(length));
        }
        return lengths;
    }

    private static List<Integer> readAll(NetmapRxRing ring) {
        List<Integer> lengths = new ArrayList<>();
        for (int length; (length = ring.next()) != NetmapRxRing.NONE;) {
            ByteBuf frame = Unpooled.buffer();
            assertThat(ring.next()).isEqualTo(length);
            ring.read(frame);
            assertThat(frame.readableBytes()).isEqualTo(length);
            lengths.add(length);
            ring.release();
            ring.release();
        }
        return lengths;
    }

    @ParameterizedTest
    @CsvSource({"0", "1", "10", "-1", "-2147483648"})
    void aBufferIndexOutOfRangeIsNeverFollowed(int index) throws NetmapException {
        RingFixture fixture = RingFixture.rx(8);
        fixture.slot(0, 60, 0);
        fixture.bufferIndex(0, index);
        fixture.indices(0, 0, 1);
        NetmapRxRing ring = fixture.openRx();

        assertThat(ring.next()).isEqualTo(NetmapRxRing.NONE);
        assertThat(ring.badSlots()).isEqualTo(1);
    }

    @Test
    void theDataComeInOrder() throws NetmapException {
        RingFixture fixture = RingFixture.rx(4);
        byte[] data = RandomFrames.bytes(1, 150);
        fixture.fill(3, data, 0, 64, true);
        fixture.fill(0, data, 64, 64, true);
        fixture.fill(1, data, 128, 22, false);
        fixture.indices(3, 3, 2);
        NetmapRxRing ring = fixture.openRx();

        assertThat(ring.next()).isEqualTo(150);
        assertThat(ring.frameSlots()).isEqualTo(3);
        ByteBuf frame = Unpooled.buffer(0, 150);
        ring.read(frame);
        assertThat(frame).isEqualTo(Unpooled.wrappedBuffer(data));
    }

    @Test
    void theOffsetIsReadForEachSlot() throws NetmapException {
        RingFixture fixture = RingFixture.rx(8);
        fixture.header64(Ring.OFFSET_MASK, 0xff);
        byte[] data = RandomFrames.bytes(2, 60);
        for (int slot = 0; slot < 3; slot++) {
            // Bits outside of the mask do not belong to the offset.
            fixture.ptr(slot, 0xabcd00L + slot * 2);
            fixture.fill(slot, data, slot * 20, 20, slot < 2);
        }
        fixture.ptr(3, 5);
        fixture.slot(3, 60, 0);
        fixture.indices(0, 0, 4);
        NetmapRxRing ring = fixture.openRx();

        assertThat(ring.next()).isEqualTo(60);
        ByteBuf frame = Unpooled.buffer();
        ring.read(frame);
        assertThat(frame).isEqualTo(Unpooled.wrappedBuffer(data));
        ring.release();
        // 5 + 60 is past the end of 64.
        assertThat(ring.next()).isEqualTo(NetmapRxRing.NONE);
        assertThat(ring.badSlots()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({"63, 1, 0", "64, 1, 0", "65, 0, 1", "70, 0, 1"})
    void aFrameHas64FragmentsAtMost(int fragments, int frames, long badChains) throws NetmapException {
        RingFixture fixture = RingFixture.rx(128);
        for (int i = 0; i < fragments; i++) {
            fixture.slot(i, 1, i == fragments - 1 ? 0 : Slot.MOREFRAG);
        }
        fixture.slot(fragments, 42, 0);
        fixture.indices(0, 0, fragments + 1);
        NetmapRxRing ring = fixture.openRx();

        List<Integer> lengths = readAll(ring);
        assertThat(lengths).hasSize(frames + 1).endsWith(42);
        assertThat(ring.badChains()).isEqualTo(badChains);
    }

    @Test
    void aChainThatNeverEndsIsGivenBackAsItComes() throws NetmapException {
        RingFixture fixture = RingFixture.rx(128);
        for (int i = 0; i < 100; i++) {
            fixture.slot(i, 1, Slot.MOREFRAG);
        }
        fixture.slot(100, 1, 0);
        fixture.slot(101, 42, 0);
        fixture.indices(0, 0, 63);
        NetmapRxRing ring = fixture.openRx();

        assertThat(ring.next()).isEqualTo(NetmapRxRing.NONE);
        assertThat(ring.head()).isZero();
        fixture.header(Ring.TAIL, 80);
        ring.reload();
        assertThat(ring.next()).isEqualTo(NetmapRxRing.NONE);
        assertThat(ring.head()).isEqualTo(80);
        fixture.header(Ring.TAIL, 102);
        ring.reload();
        assertThat(readAll(ring)).containsExactly(42);
        assertThat(ring.badChains()).isEqualTo(1);
    }

    @Test
    void anIncompleteChainIsWholeWhenItsEndComes() throws NetmapException {
        RingFixture fixture = RingFixture.rx(8);
        fixture.slot(0, 64, Slot.MOREFRAG);
        fixture.slot(1, 7, 0);
        fixture.indices(0, 0, 1);
        NetmapRxRing ring = fixture.openRx();

        assertThat(ring.next()).isEqualTo(NetmapRxRing.NONE);
        // Wakes up when the tail passes 1, and still holds slot 0.
        assertThat(fixture.header(Ring.HEAD)).isZero();
        assertThat(fixture.header(Ring.CUR)).isEqualTo(1);
        fixture.header(Ring.TAIL, 2);
        ring.reload();
        assertThat(ring.next()).isEqualTo(71);
        ring.release();
        assertThat(ring.resets()).isZero();
    }

    @ParameterizedTest
    @CsvSource({"8, 0, 0", "0, 8, 0", "0, 0, 8", "-1, 0, 0", "0, 0, -1", "0, 1000000, 0"})
    void refusesIndicesOutOfRange(int head, int cur, int tail) throws NetmapException {
        RingFixture fixture = RingFixture.rx(8);
        NetmapRxRing ring = fixture.openRx();
        fixture.indices(head, cur, tail);

        assertThatThrownBy(ring::reload).isInstanceOf(NetmapException.class).hasMessageContaining("of 8 slots has");
        assertThatThrownBy(fixture::openRx).isInstanceOf(NetmapException.class);
    }

    @Test
    void countsWhenNetmapPutsHeadBack() throws NetmapException {
        RingFixture fixture = RingFixture.rx(8);
        fixture.slot(0, 60, 0);
        fixture.indices(0, 0, 1);
        NetmapRxRing ring = fixture.openRx();
        assertThat(readAll(ring)).containsExactly(60);

        fixture.indices(0, 0, 1);
        ring.reload();

        assertThat(ring.resets()).isEqualTo(1);
        assertThat(readAll(ring)).containsExactly(60);
    }

    @Test
    void refusesWhatIsNoReceiveRing() {
        RingFixture tx = RingFixture.tx(8);
        assertThatThrownBy(tx::openRx).isInstanceOf(NetmapException.class).hasMessageContaining("direction 1");

        RingFixture noSlots = RingFixture.rx(8);
        noSlots.header(Ring.NUM_SLOTS, 1);
        assertThatThrownBy(noSlots::openRx).hasMessageContaining("has 1 slots");

        RingFixture tooMany = RingFixture.rx(8);
        tooMany.header(Ring.NUM_SLOTS, 1 << 28);
        assertThatThrownBy(tooMany::openRx).isInstanceOf(NetmapException.class).hasMessageContaining("slots");

        RingFixture noBuffers = RingFixture.rx(8);
        noBuffers.header(Ring.BUF_SIZE, 0);
        assertThatThrownBy(noBuffers::openRx).hasMessageContaining("buffers of 0 bytes");

        RingFixture outside = RingFixture.rx(8);
        outside.header64(Ring.BUF_OFS, 1L << 40);
        assertThatThrownBy(outside::openRx).hasMessageContaining("buffers of 64 bytes at");

        assertThatThrownBy(() -> new NetmapRxRing(RingFixture.rx(8).region, 1 << 20))
            .isInstanceOf(NetmapException.class);
        assertThatThrownBy(() -> new NetmapRxRing(RingFixture.rx(8).region, -8)).isInstanceOf(NetmapException.class);
    }

    @Test
    void touchesNothingOnceDetached() throws NetmapException {
        RingFixture fixture = RingFixture.rx(8);
        fixture.slot(0, 60, 0);
        fixture.indices(0, 0, 1);
        NetmapRxRing ring = fixture.openRx();

        ring.detach();

        assertThat(ring.next()).isEqualTo(NetmapRxRing.NONE);
        assertThatThrownBy(ring::reload).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void forgetsTheFrameItHasFoundWhenDetached() throws NetmapException {
        RingFixture fixture = RingFixture.rx(8);
        fixture.slot(0, 60, 0);
        fixture.indices(0, 0, 1);
        NetmapRxRing ring = fixture.openRx();
        assertThat(ring.next()).isEqualTo(60);

        ring.detach();

        assertThat(ring.next()).isEqualTo(NetmapRxRing.NONE);
        assertThat(ring.frameSlots()).isZero();
    }

    @Test
    void buffersBeyondOneWindowAreReached() {
        RingFixture fixture = new RingFixture(Ring.RECEIVE, 8, 64);
        // There is room for 3 buffers, so that windows have 2, and the ten buffers of this region are in five windows.
        NetmapBuffers buffers = new NetmapBuffers(fixture.region, RingFixture.BASE + Ring.size(8), 64, 200);
        for (int i = 2; i < 10; i++) {
            assertThat(buffers.holds(i)).isTrue();
            buffers.link(i, 100 + i);
        }
        assertThat(buffers.holds(10)).isFalse();
        NetmapBuffers one = new NetmapBuffers(fixture.region, RingFixture.BASE + Ring.size(8), 64, 4096);
        for (int i = 2; i < 10; i++) {
            assertThat(one.link(i)).isEqualTo(100 + i).isEqualTo(buffers.link(i));
        }
    }
}
