/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vhost.queue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ringtap.internal.vhost.memory.MemoryPlace;
import io.ringtap.internal.vhost.queue.QueueFault.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

import static io.ringtap.internal.vhost.queue.RawRing.data;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** What a driver can put into a ring that cannot be there, and what is odd but allowed. */
class HostileRingTest {
    private static final NetHeader HEADER = new NetHeader(12, 12, true);
    private static final int NEXT = RingWords.NEXT;
    private static final int WRITE = RingWords.WRITE;
    private static final int INDIRECT = RingWords.INDIRECT;
    private static final boolean SPLIT = false;
    private static final boolean PACKED = true;

    private static Arguments row(String what, boolean packed, Kind kind, Consumer<RawRing> driver) {
        return Arguments.of(what, packed, kind, driver);
    }

    static List<Arguments> impossible() {
        List<Arguments> rows = new ArrayList<>(List.of(
            row("an index a ring and one ahead", SPLIT, Kind.INDEX, r -> r.index(RawRing.SIZE + 1)),
            row("an index behind", SPLIT, Kind.INDEX, r -> r.index(0xffff)),
            row("a head that the table does not have", SPLIT, Kind.DESCRIPTOR, r -> r.available(RawRing.SIZE)),
            row("a head of 65535", SPLIT, Kind.DESCRIPTOR, r -> r.available(0xffff)),
            row("a next that the table does not have", SPLIT, Kind.DESCRIPTOR,
                r -> r.descriptor(0, data(0), 100, NEXT, RawRing.SIZE).available(0)),
            row("a descriptor that is its own next", SPLIT, Kind.CHAIN,
                r -> r.descriptor(0, data(0), 100, NEXT, 0).available(0)),
            row("a loop of two empty descriptors", SPLIT, Kind.CHAIN,
                r -> r.descriptor(0, 0, 0, NEXT, 1).descriptor(1, 0, 0, NEXT, 0).available(0)),
            row("a loop within a table", SPLIT, Kind.CHAIN, r -> r.descriptor(0, data(0), 32, INDIRECT, 0)
                .inTable(0, 0, data(64), 8, NEXT, 1).inTable(0, 1, data(64), 8, NEXT, 0).available(0)),
            row("a next that a table does not have", SPLIT, Kind.DESCRIPTOR,
                r -> r.descriptor(0, data(0), 16, INDIRECT, 0).inTable(0, 0, data(64), 8, NEXT, 1).available(0)),
            row("a chain round all of the ring", PACKED, Kind.CHAIN, r -> {
                for (int i = 0; i < RawRing.SIZE; i++) {
                    r.descriptor(i, data(0), 100, NEXT, 0);
                }
            }),
            row("a table of more entries than a chain may have", PACKED, Kind.CHAIN,
                r -> r.descriptor(0, data(0), 16 * 257, INDIRECT, 0))));
        for (boolean packed : new boolean[] {SPLIT, PACKED}) {
            rows.addAll(List.of(
                row("no memory", packed, Kind.ADDRESS, r -> r.descriptor(0, 0, 100, 0, 0).available(0)),
                row("an address of all ones", packed, Kind.ADDRESS, r -> r.descriptor(0, -1, 100, 0, 0).available(0)),
                row("memory that ends a byte later", packed, Kind.ADDRESS,
                    r -> r.descriptor(0, data(65536 - 99), 100, 0, 0).available(0)),
                row("memory that begins a byte earlier", packed, Kind.ADDRESS,
                    r -> r.descriptor(0, RawRing.ADDRESS - 1, 100, 0, 0).available(0)),
                row("a length of 4 GiB less one", packed, Kind.ADDRESS,
                    r -> r.descriptor(0, data(0), -1, 0, 0).available(0)),
                row("a length of 2 GiB", packed, Kind.ADDRESS,
                    r -> r.descriptor(0, data(0), Integer.MIN_VALUE, 0, 0).available(0)),
                row("memory to write", packed, Kind.DIRECTION,
                    r -> r.descriptor(0, data(0), 100, WRITE, 0).available(0)),
                row("memory to write at the end", packed, Kind.DIRECTION, r -> r.descriptor(0, data(0), 100, NEXT, 1)
                    .descriptor(1, data(0), 100, WRITE, 0).available(0)),
                row("a table in a table", packed, Kind.INDIRECT, r -> r.descriptor(0, data(0), 16, INDIRECT, 0)
                    .inTable(0, 0, data(0), 16, INDIRECT, 0).available(0)),
                row("a table and a next", packed, Kind.INDIRECT,
                    r -> r.descriptor(0, data(0), 16, INDIRECT | NEXT, 1).available(0)),
                row("a table of 17 bytes", packed, Kind.INDIRECT,
                    r -> r.descriptor(0, data(0), 17, INDIRECT, 0).available(0)),
                row("a table of no bytes", packed, Kind.INDIRECT,
                    r -> r.descriptor(0, data(0), 0, INDIRECT, 0).available(0)),
                row("a table that is not in memory", packed, Kind.ADDRESS,
                    r -> r.descriptor(0, data(65536), 16, INDIRECT, 0).available(0)),
                row("memory of a table's entry that is none", packed, Kind.ADDRESS,
                    r -> r.descriptor(0, data(0), 16, INDIRECT, 0).inTable(0, 0, 1, 100, 0, 0).available(0))));
        }
        return rows;
    }

    @ParameterizedTest(name = "{0}, packed {1}")
    @MethodSource("impossible")
    void aRingThatCannotBeStopsItsQueue(String what, boolean packed, Kind kind, Consumer<RawRing> driver) {
        RawRing ring = new RawRing(packed, true);
        DeviceFrameInput input = new DeviceFrameInput(ring.device, HEADER);
        driver.accept(ring);

        assertThat(input.take(64)).isZero();
        assertThat(input.fault()).isNotNull();
        assertThat(input.fault().kind()).as(input.fault().message()).isEqualTo(kind);
        assertThat(input.fault().message()).isNotBlank();
        QueueFault first = input.fault();
        assertThat(input.take(64)).isZero();
        assertThat(input.requestNotifications()).isFalse();
        assertThat(input.publish()).isFalse();
        assertThat(input.fault()).isSameAs(first);
        assertThat(ring.device.toString()).contains("stopped");
    }

    @ParameterizedTest
    @ValueSource(booleans = {SPLIT, PACKED})
    void aTableThatWasNotNegotiatedStopsTheQueue(boolean packed) {
        RawRing ring = new RawRing(packed, false);
        ring.descriptor(0, data(0), 16, INDIRECT, 0).inTable(0, 0, data(64), 100, 0, 0).available(0);
        DeviceFrameInput input = new DeviceFrameInput(ring.device, HEADER);

        assertThat(input.take(1)).isZero();
        assertThat(input.fault().kind()).isEqualTo(Kind.INDIRECT);
    }

    @ParameterizedTest
    @ValueSource(booleans = {SPLIT, PACKED})
    void readableMemoryInTheReceiveQueueStopsIt(boolean packed) {
        RawRing ring = new RawRing(packed, true);
        ring.descriptor(0, data(0), 2000, 0, 0).available(0);
        DeviceFrameOutput output = new DeviceFrameOutput(ring.device, HEADER);

        assertThat(write(output, 60)).isEqualTo(FrameOutput.STOPPED);
        assertThat(output.fault().kind()).isEqualTo(Kind.DIRECTION);
    }

    private static int write(FrameOutput output, int length) {
        ByteBuf frame = Unpooled.directBuffer().writeZero(12 + length);
        try {
            return output.write(frame);
        } finally {
            frame.release();
        }
    }

    /** An index that is written again and again lower than the chains that are not used yet. */
    @Test
    void chainsThatAreNotUsedYetCannotComeAgain() {
        RawRing ring = new RawRing(SPLIT, false);
        for (int i = 0; i < RawRing.SIZE; i++) {
            ring.descriptor(i, data(0), 100, 0, 0);
        }
        ring.available(0, 1, 2, 3, 4, 5, 6, 7);
        ChainParts parts = takeAll(ring);

        ring.available(0);
        assertThat(ring.device.take(parts, false)).isEqualTo(VirtqueueDevice.NONE);
        assertThat(ring.device.fault().kind()).isEqualTo(Kind.INDEX);
    }

    @Test
    void descriptorsThatAreNotUsedYetCannotComeAgain() {
        RawRing ring = new RawRing(PACKED, false);
        for (int i = 0; i < RawRing.SIZE; i++) {
            ring.descriptor(i, data(0), 100, 0, i);
        }
        ChainParts parts = takeAll(ring);

        // Available in the next lap.
        for (int i = 0; i < RawRing.SIZE; i++) {
            ring.bytes.putShort(16 * i + 14, (short) RingWords.USED);
        }
        assertThat(ring.device.take(parts, false)).isEqualTo(VirtqueueDevice.NONE);
        assertThat(ring.device.fault().kind()).isEqualTo(Kind.CHAIN);
    }

    private static ChainParts takeAll(RawRing ring) {
        ChainParts parts = new ChainParts(512);
        for (int i = 0; i < RawRing.SIZE; i++) {
            assertThat(ring.device.take(parts, false)).isNotEqualTo(VirtqueueDevice.NONE);
        }
        assertThat(ring.device.inFlight()).isEqualTo(RawRing.SIZE);
        return parts;
    }

    @ParameterizedTest
    @ValueSource(booleans = {SPLIT, PACKED})
    void whatIsOddButAllowedIsTaken(boolean packed) {
        RawRing ring = new RawRing(packed, true);
        // Empty parts, a header in three pieces, and a table as the last descriptor of a chain.
        ring.descriptor(0, 0, 0, NEXT, 1).descriptor(1, data(1000), 5, NEXT, 2).descriptor(2, data(2000), 7, NEXT, 3)
            .descriptor(3, data(0), 48, INDIRECT | WRITE, 7)
            .inTable(0, 0, data(3000), 1, NEXT, 1).inTable(0, 1, -1, 0, NEXT, 2).inTable(0, 2, data(4000), 99, 0, 0)
            .available(0);
        for (int i = 0; i < 99; i++) {
            ring.bytes.put(RawRing.DATA + 4000 + i, (byte) i);
        }
        ring.bytes.put(RawRing.DATA + 3000, (byte) 77).put(RawRing.DATA + 1000, (byte) 5);
        DeviceFrameInput input = new DeviceFrameInput(ring.device, HEADER);

        assertThat(input.take(64)).as("%s", input.fault()).isEqualTo(1);
        assertThat(input.length(0)).isEqualTo(112);
        assertThat(input.getLong(0, 0)).isEqualTo(0x0500_0000_0000_0000L);
        assertThat(input.getLong(0, 12)).isEqualTo(0x4d00_0102_0304_0506L);
        assertThat(input.getLong(0, 60)).isEqualTo(0x2f30_3132_3334_3536L);
        assertThat(input.getLong(0, 104)).isEqualTo(0x5b5c_5d5e_5f60_6162L);
        ByteBuf frame = Unpooled.directBuffer(112);
        input.read(0, frame);
        assertThat(frame.readableBytes()).isEqualTo(112);
        assertThat(frame.getLong(104)).isEqualTo(0x5b5c_5d5e_5f60_6162L);
        frame.release();
    }

    @ParameterizedTest
    @ValueSource(booleans = {SPLIT, PACKED})
    void whatIsNoFrameIsDroppedAndUsed(boolean packed) {
        RawRing ring = new RawRing(packed, true);
        ring.descriptor(0, data(0), 25, 0, 0).descriptor(1, data(0), 100, 0, 1).descriptor(2, 0, 0, 0, 2)
            .descriptor(3, data(0), 65000, NEXT, packed ? 3 : 4).descriptor(4, data(0), 65000, 0, 3)
            .descriptor(5, data(0), 26, 0, 5).available(0, 1, 2, 3, 5);
        DeviceFrameInput input = new DeviceFrameInput(ring.device, HEADER);

        assertThat(input.take(64)).as("%s", input.fault()).isEqualTo(2);
        assertThat(input.takeDropped()).isEqualTo(3);
        assertThat(input.takeDropped()).isZero();
        assertThat(input.length(0)).isEqualTo(100);
        assertThat(input.length(1)).isEqualTo(26);
        input.giveBack(1);
        input.giveBack(0);
        input.publish();
        assertThat(ring.device.inFlight()).isZero();
        assertThat(input.lent()).isZero();
    }

    /** A driver that gives chain after chain and never looks at what was used. */
    @Test
    void whatIsNoFrameHasABoundToo() {
        RawRing ring = new RawRing(SPLIT, false);
        ring.descriptor(0, data(0), 1, 0, 0).available(0, 0, 0, 0, 0, 0, 0, 0);
        DeviceFrameInput input = new DeviceFrameInput(ring.device, HEADER);

        assertThat(input.take(3)).isZero();
        assertThat(input.takeDropped()).isEqualTo(3);
    }

    /** What a driver changes behind our back shows in nothing that was looked at. */
    @ParameterizedTest
    @ValueSource(booleans = {SPLIT, PACKED})
    void whatWasCheckedIsWhatIsUsed(boolean packed) {
        RawRing ring = new RawRing(packed, false);
        ring.descriptor(0, data(0), 112, 0, 0).available(0);
        for (int i = 0; i < 112; i++) {
            ring.bytes.put(RawRing.DATA + i, (byte) i);
        }
        DeviceFrameInput input = new DeviceFrameInput(ring.device, HEADER);
        assertThat(input.take(1)).isEqualTo(1);
        long macs = input.getLong(0, 12);

        for (int i = 0; i < 112; i++) {
            ring.bytes.put(RawRing.DATA + i, (byte) 0xee);
        }
        ring.descriptor(0, 0, -1, WRITE, 0);

        assertThat(input.getLong(0, 12)).isEqualTo(macs);
        assertThat(input.length(0)).isEqualTo(112);
        ByteBuf frame = Unpooled.directBuffer(112);
        input.read(0, frame);
        assertThat(frame.getLong(12)).isEqualTo(macs);
        assertThat(frame.getByte(63)).isEqualTo((byte) 63);
        assertThat(frame.getByte(64)).isEqualTo((byte) 0xee);
        ByteBuffer copy = ByteBuffer.allocateDirect(112).order(ByteOrder.LITTLE_ENDIAN);
        input.copy(0, 12, 100, copy, 0);
        assertThat(Long.reverseBytes(copy.getLong(0))).isEqualTo(macs);
        assertThat(copy.get(52)).isEqualTo((byte) 0xee);
        frame.release();
    }

    @ParameterizedTest
    @ValueSource(booleans = {SPLIT, PACKED})
    void aFrameThatNoBufferCanHoldIsRefused(boolean packed) {
        RawRing ring = new RawRing(packed, false);
        for (int i = 0; i < RawRing.SIZE; i++) {
            ring.descriptor(i, data(0), 100, WRITE, i);
        }
        ring.available(0, 1, 2, 3, 4, 5, 6, 7);
        DeviceFrameOutput single = new DeviceFrameOutput(ring.device, new NetHeader(12, 12, false));
        DeviceFrameOutput merging = new DeviceFrameOutput(ring.device, HEADER);

        assertThat(write(single, 89)).isEqualTo(FrameOutput.REFUSED);
        assertThat(write(single, 13)).as("shorter than a frame").isEqualTo(FrameOutput.REFUSED);
        assertThat(write(merging, 800)).as("longer than all buffers").isEqualTo(FrameOutput.REFUSED);
        assertThat(write(merging, 488)).isEqualTo(FrameOutput.WRITTEN);
        assertThat(write(merging, 300)).as("longer than what is left").isEqualTo(FrameOutput.FULL);
        assertThat(merging.requestNotifications()).isFalse();
        assertThat(write(single, 88)).isEqualTo(FrameOutput.WRITTEN);
        assertThat(ring.device.position()).as("buffers used").isEqualTo(6);
        assertThat(ring.device.inFlight()).isZero();
        assertThat(merging.fault()).isNull();
    }

    /** A frame of 64 KiB into buffers of one byte would be 65536 descriptors to look at. */
    @Test
    void buffersTooSmallForAnyFrameHaveABound() {
        RawRing ring = new RawRing(new QueueFeatures(SPLIT, false, false, false), 256);
        for (int i = 0; i < 256; i++) {
            ring.bytes.putLong(16 * i, data(0)).putLong(16 * i + 8, 1 | (long) WRITE << 32);
        }
        RawRing small = ring;
        DeviceFrameOutput output = new DeviceFrameOutput(small.device, HEADER);
        small.index(256);

        assertThat(write(output, 1000)).isIn(FrameOutput.REFUSED, FrameOutput.STOPPED);
    }

    @Test
    void impossibleSizesAndPlacesAreRefused() {
        assertThat(QueueRing.isSize(0, false)).isFalse();
        assertThat(QueueRing.isSize(3, false)).isFalse();
        assertThat(QueueRing.isSize(3, true)).isTrue();
        assertThat(QueueRing.isSize(32768, false)).isTrue();
        assertThat(QueueRing.isSize(65536, false)).isFalse();
        assertThat(QueueRing.isSize(-1, true)).isFalse();
        ByteBuffer memory = ByteBuffer.allocateDirect(4096).alignedSlice(64);
        MemoryPlace even = new MemoryPlace();
        even.set(memory, 0);
        MemoryPlace odd = new MemoryPlace();
        odd.set(memory, 1025);
        assertThatThrownBy(() -> QueueRing.at(8, false, odd, even, even, 0)).hasMessageContaining("descriptor area");
        assertThatThrownBy(() -> QueueRing.at(8, false, even, odd, even, 0)).hasMessageContaining("driver area");
        assertThatThrownBy(() -> QueueRing.at(8, false, even, even, odd, 0)).hasMessageContaining("device area");
        assertThatThrownBy(() -> QueueRing.at(9, false, even, even, even, 0)).hasMessageContaining("9 entries");
    }
}
