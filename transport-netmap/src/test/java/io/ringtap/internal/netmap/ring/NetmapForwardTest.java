/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.ring;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ringtap.internal.netmap.layout.NetmapLayout.Ring;
import io.ringtap.internal.netmap.layout.NetmapLayout.Slot;
import io.ringtap.internal.netmap.port.NetmapPort;
import io.ringtap.netmap.Netmap;
import io.ringtap.netmap.NetmapAddress;
import io.ringtap.netmap.NetmapException;
import io.ringtap.netmap.embedded.EmbeddedNetmap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Many frames at a time, from a receive ring, and from a receive ring to a transmit ring. */
class NetmapForwardTest {
    private final Random random = new Random(6);

    /** In the first row, the ports share a region, so that buffers are exchanged. In the others, they do not. */
    @ParameterizedTest
    @CsvSource({
        "vale0:in{1, vale0:in}1, true, 1500",
        "vale1:out,  vale1:end,  false, 1500",
        "vale0:in{1, vale0:in}1, true, 5000",
        "vale1:out,  vale1:end,  false, 5000",
    })
    void everyFrameGoesOverOnceAndNoBufferIsLost(String out, String end, boolean sameRegion, int longest)
        throws NetmapException {
        EmbeddedNetmap netmap = Netmap.newEmbedded();
        try (NetmapPort source = open(netmap, "vale0:source"); NetmapPort in = open(netmap, "vale0:in@conf:slots=101");
             NetmapPort to = open(netmap, out); NetmapPort sink = open(netmap, end)) {
            assertThat(in.sharesRegionWith(to)).isEqualTo(sameRegion);
            NetmapRxRing from = in.rxRings().get(0);
            NetmapTxRing tx = to.txRings().get(0);
            Queue<byte[]> under = new ArrayDeque<>();
            Set<Integer> before = buffers(from, tx, sameRegion);
            int arrived = 0;
            for (int round = 0; round < 2000; round++) {
                for (int i = random.nextInt(16); i > 0; i--) {
                    byte[] frame = frame(14 + random.nextInt(longest - 13));
                    assertThat(source.txRings().get(0).write(Unpooled.wrappedBuffer(frame))).isTrue();
                    under.add(frame);
                }
                source.txSync();
                in.rxSync();
                int max = random.nextInt(20);
                assertThat(tx.forward(from, sameRegion, max)).isLessThanOrEqualTo(max);
                tx.forward(from, sameRegion, Integer.MAX_VALUE);
                to.txSync();
                arrived += drain(sink, under);
                in.rxSync();
                // No frame is dropped as long as the switch finds room.
                assertThat(from.available()).isZero();
            }
            assertThat(under).isEmpty();
            assertThat(arrived).isGreaterThan(10_000);
            assertThat(from.badSlots()).isZero();
            if (!sameRegion) {
                assertThat(buffers(from, tx, false)).isEqualTo(before);
            } else {
                assertThat(buffers(from, tx, true)).hasSameSizeAs(before);
            }
        }
    }

    private static NetmapPort open(EmbeddedNetmap netmap, String name) throws NetmapException {
        return NetmapPort.open(netmap, NetmapAddress.parse(name), 0, 0);
    }

    /** A broadcast frame, which a switch sends to every port. */
    private byte[] frame(int length) {
        byte[] frame = RandomFrames.bytes(random.nextLong(), length);
        Arrays.fill(frame, 0, 6, (byte) 0xff);
        frame[6] = 2;
        return frame;
    }

    private int drain(NetmapPort sink, Queue<byte[]> expected) throws NetmapException {
        sink.rxSync();
        int count = 0;
        NetmapRxRing ring = sink.rxRings().get(0);
        for (int length; (length = ring.next()) != NetmapRxRing.NONE; count++) {
            ByteBuf frame = Unpooled.buffer(length);
            ring.read(frame);
            assertThat(Arrays.equals(frame.array(), expected.remove())).isTrue();
            ring.release();
        }
        sink.rxSync();
        return count;
    }

    /** Checks that no buffer is in two slots. */
    private static Set<Integer> buffers(NetmapRxRing rx, NetmapTxRing tx, boolean sameRegion) {
        Set<Integer> all = new HashSet<>();
        for (int slot = 0; slot < rx.slots(); slot++) {
            assertThat(all.add(Slot.bufferIndex(rx.word(slot)))).isTrue();
        }
        for (int slot = 0; sameRegion && slot < tx.slots(); slot++) {
            assertThat(all.add(Slot.bufferIndex(tx.word(slot)))).isTrue();
        }
        return all;
    }

    /**
     * With any slots, also invalid ones, {@code receive} finds the same frames as {@code next}, and has the same
     * counters.
     */
    @ParameterizedTest
    @ValueSource(longs = {0, 0x3f})
    void receiveFindsWhatNextFinds(long offsetMask) throws NetmapException {
        for (int seed = 0; seed < 2000; seed++) {
            RingFixture one = rubbish(seed, offsetMask);
            RingFixture other = rubbish(seed, offsetMask);
            NetmapRxRing ring = one.openRx();
            List<byte[]> expected = new ArrayList<>();
            for (int length; (length = ring.next()) != NetmapRxRing.NONE; ring.release()) {
                ByteBuf frame = Unpooled.buffer(length, length);
                ring.read(frame);
                expected.add(frame.array());
            }

            NetmapRxRing batch = other.openRx();
            List<byte[]> found = new ArrayList<>();
            ByteBuf frame = Unpooled.buffer();
            int count = 0;
            int max = 1 + seed % 5;
            for (int n = max; n == max; count += n) {
                n = batch.receive((buffer, offset, length, more) -> {
                    if (length != 0) {
                        frame.writeBytes(batch.buffer(buffer).slice(offset, length));
                    }
                    if (!more) {
                        byte[] bytes = new byte[frame.readableBytes()];
                        frame.readBytes(bytes);
                        frame.clear();
                        found.add(bytes);
                    }
                }, max);
            }

            assertThat(count).isEqualTo(expected.size());
            assertThat(found).containsExactlyElementsOf(expected);
            assertThat(other.header(Ring.HEAD)).isEqualTo(one.header(Ring.HEAD)).isEqualTo(batch.head());
            assertThat(other.header(Ring.CUR)).isEqualTo(one.header(Ring.CUR)).isEqualTo(batch.cur());
            assertThat(batch.badSlots()).isEqualTo(ring.badSlots());
            assertThat(batch.badChains()).isEqualTo(ring.badChains());
            assertThat(batch.emptySlots()).isEqualTo(ring.emptySlots());
        }
    }

    private static RingFixture rubbish(int seed, long offsetMask) {
        Random random = new Random(seed);
        RingFixture fixture = RingFixture.rx(13);
        fixture.header64(Ring.OFFSET_MASK, offsetMask);
        int first = random.nextInt(13);
        fixture.indices(first, first, random.nextInt(13));
        for (int slot = 0; slot < 13; slot++) {
            fixture.fill(slot, RandomFrames.bytes(seed + slot, 64), 0, 64, false);
            int length = random.nextInt(6) == 0 ? random.nextInt(0x10000) : random.nextInt(60);
            fixture.slot(slot, random.nextInt(6) == 0 ? 0 : length, random.nextInt(4) == 0 ? Slot.MOREFRAG : 0);
            fixture.ptr(slot, random.nextInt(offsetMask == 0 ? 1 : 20));
            if (random.nextInt(8) == 0) {
                fixture.bufferIndex(slot, random.nextInt());
            }
        }
        return fixture;
    }

    @Test
    void aConsumerThatFailsLeavesTheFrameItFailedOn() throws NetmapException {
        RingFixture fixture = RingFixture.rx(8);
        for (int slot = 0; slot < 5; slot++) {
            fixture.slot(slot, 20 + slot, 0);
        }
        fixture.indices(0, 0, 5);
        NetmapRxRing ring = fixture.openRx();

        assertThatThrownBy(() -> ring.receive((buffer, offset, length, more) -> {
            if (length == 22) {
                throw new IllegalStateException("enough");
            }
        }, 100)).hasMessage("enough");

        assertThat(fixture.header(Ring.HEAD)).isEqualTo(2);
        assertThat(ring.next()).isEqualTo(22);
    }

    @Test
    void aFrameThatNextHasFoundIsReceivedOnce() throws NetmapException {
        RingFixture fixture = RingFixture.rx(8);
        fixture.slot(0, 20, 0);
        fixture.slot(1, 21, 0);
        fixture.indices(0, 0, 2);
        NetmapRxRing ring = fixture.openRx();
        assertThat(ring.next()).isEqualTo(20);
        List<Integer> lengths = new ArrayList<>();

        assertThat(ring.receive((buffer, offset, length, more) -> lengths.add(length), 100)).isEqualTo(2);

        assertThat(lengths).containsExactly(20, 21);
    }

    @Test
    void aBufferIsReachedByItsIndexAndNoOther() throws NetmapException {
        RingFixture fixture = RingFixture.rx(8);
        fixture.fill(0, new byte[] {1, 2, 3, 4}, 0, 4, false);
        NetmapRxRing ring = fixture.openRx();

        assertThat(ring.buffer(2).getInt()).isEqualTo(0x01020304);
        assertThat(ring.buffer(2).capacity()).isEqualTo(64);
        for (int index : new int[] {0, 1, 10, -1}) {
            assertThatThrownBy(() -> ring.buffer(index)).isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    /** A region of several windows, as a region of more than a GiB has. Its buffers can be copied like others. */
    @ParameterizedTest
    @CsvSource({"200, 4096", "4096, 200", "200, 200", "4096, 4096"})
    void windowsMakeNoDifference(int inWindow, int outWindow) {
        RingFixture in = RingFixture.rx(8);
        RingFixture out = RingFixture.tx(8);
        long base = RingFixture.BASE + Ring.size(8);
        NetmapBuffers from = new NetmapBuffers(in.region, base, 64, inWindow);
        NetmapBuffers to = new NetmapBuffers(out.region, base, 64, outWindow);
        long[] full = new long[8];
        long[] free = new long[8];
        for (int slot = 0; slot < 8; slot++) {
            in.fill(slot, RandomFrames.bytes(slot, 40 + slot), 0, 40 + slot, false);
            full[slot] = Slot.word(slot + 2, 40 + slot, 0);
            free[slot] = Slot.word(9 - slot, 0, 0);
            out.slot(7 - slot, 40 + slot, 0);
        }

        to.write(free, from, full, 8);

        for (int slot = 0; slot < 8; slot++) {
            assertThat(out.data(7 - slot)).isEqualTo(in.data(slot));
            ByteBuf frame = Unpooled.directBuffer();
            from.read(slot + 2, 0, 40 + slot, frame);
            assertThat(frame).isEqualTo(Unpooled.wrappedBuffer(in.data(slot)));
            to.write(9 - slot, 24, 10, frame, 5);
            assertThat(to.slice(9 - slot).slice(24, 10)).isEqualTo(frame.nioBuffer(5, 10));
            frame.release();
        }
    }

    /** From slots of 64 bytes to slots of 64 bytes with an offset, so that the fragments are of other sizes. */
    @ParameterizedTest
    @CsvSource({"60, 0, 1", "64, 0, 1", "60, 10, 2", "150, 0, 3", "150, 10, 3", "162, 10, 3", "163, 10, 4"})
    void chainsAreCutToTheSlotsTheyGoInto(int length, int offset, int slots) throws NetmapException {
        byte[] data = RandomFrames.bytes(length, length);
        RingFixture in = RingFixture.rx(8);
        int slot = 0;
        for (int from = 0; from < length; from += 64) {
            int n = Math.min(64, length - from);
            in.fill(slot++, data, from, n, from + n < length);
        }
        in.indices(0, 0, slot);
        RingFixture out = RingFixture.tx(8);
        out.header64(Ring.OFFSET_MASK, 0xff);
        for (int i = 0; i < 8; i++) {
            out.ptr(i, offset);
        }
        NetmapRxRing rx = in.openRx();
        NetmapTxRing tx = out.openTx();

        assertThat(tx.forward(rx, false, 5)).isEqualTo(1);

        assertThat(out.header(Ring.HEAD)).isEqualTo(slots);
        assertThat(in.header(Ring.HEAD)).isEqualTo(slot);
        ByteBuf sent = Unpooled.buffer();
        for (int i = 0; i < slots; i++) {
            assertThat(out.flags(i)).isEqualTo(i < slots - 1 ? Slot.MOREFRAG : 0);
            sent.writeBytes(out.data(i));
        }
        assertThat(sent).isEqualTo(Unpooled.wrappedBuffer(data));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aDamagedSlotOfTheTransmitRingIsNotFollowed(boolean sameRegion) throws NetmapException {
        RingFixture in = RingFixture.rx(8);
        in.slot(0, 20, 0);
        in.slot(1, 20, 0);
        in.indices(0, 0, 2);
        RingFixture out = RingFixture.tx(8);
        out.bufferIndex(1, 10);
        NetmapRxRing rx = in.openRx();
        NetmapTxRing tx = out.openTx();

        assertThatThrownBy(() -> tx.forward(rx, sameRegion, 5)).isInstanceOf(NetmapException.class)
            .hasMessageContaining("slot 1 holds buffer 10");

        assertThat(out.header(Ring.HEAD)).isEqualTo(1);
        assertThat(in.header(Ring.HEAD)).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aFullTransmitRingLeavesTheFrames(boolean sameRegion) throws NetmapException {
        RingFixture in = RingFixture.rx(8);
        for (int slot = 0; slot < 5; slot++) {
            in.slot(slot, 20, 0);
        }
        in.indices(0, 0, 5);
        RingFixture out = RingFixture.tx(8);
        out.indices(6, 6, 1);
        NetmapTxRing tx = out.openTx();
        NetmapRxRing rx = in.openRx();

        assertThat(tx.forward(rx, sameRegion, 100)).isEqualTo(3);

        assertThat(rx.available()).isEqualTo(2);
        assertThat(out.header(Ring.HEAD)).isEqualTo(1);
        assertThat(out.flags(6)).isEqualTo(sameRegion ? Slot.BUF_CHANGED : 0);
    }
}
