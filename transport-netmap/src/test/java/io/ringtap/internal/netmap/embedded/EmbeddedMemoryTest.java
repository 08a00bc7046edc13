/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.embedded;

import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.ringtap.netmap.NetmapError;
import io.ringtap.netmap.NetmapException;
import io.ringtap.netmap.embedded.ValeDrop;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;

import static io.ringtap.internal.netmap.embedded.TestPort.frame;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** How memory regions grow, what they refuse, and that they free what they have allocated. */
class EmbeddedMemoryTest {
    private static final int MIB = 1 << 20;

    private final Limited allocator = new Limited();
    private final JvmNetmap netmap = new JvmNetmap(allocator, allocator);

    /** An allocator that runs out of memory, or fails at the n-th time. */
    private static final class Limited extends AbstractByteBufAllocator {
        private final UnpooledByteBufAllocator heap = new UnpooledByteBufAllocator(true, true);
        long limit = Long.MAX_VALUE;
        int callsLeft = Integer.MAX_VALUE;

        long used() {
            return heap.metric().usedDirectMemory();
        }

        @Override
        protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
            throw new AssertionError("memory of the heap");
        }

        @Override
        protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
            if (used() + initialCapacity > limit || callsLeft-- <= 0) {
                throw new OutOfMemoryError("no direct memory in this test");
            }
            return heap.directBuffer(initialCapacity, maxCapacity);
        }

        @Override
        public boolean isDirectBufferPooled() {
            return false;
        }
    }

    private TestPort open(String name, int lent) throws NetmapException {
        return new TestPort(netmap, name, lent);
    }

    private static EmbeddedMemory memory(TestPort port) {
        return (EmbeddedMemory) port.port.memory();
    }

    private static void assertNoMemory(ThrowingCallable call, String... words) {
        assertThatThrownBy(call).isInstanceOfSatisfying(NetmapException.class,
            e -> assertThat(e.error()).isEqualTo(NetmapError.ENOMEM)).hasMessageContainingAll(words);
    }

    @Test
    void aPortAloneTakesWhatItAsksForAndGivesItBack() throws NetmapException {
        try (TestPort a = open("vale0:a", 1024)) {
            assertThat(allocator.used()).isBetween(6L * MIB, 6L * MIB + MIB / 8);
            assertThat(memory(a).segments()).isEqualTo(1);
            assertThat(memory(a).size()).isEqualTo(allocator.used());
        }
        assertThat(allocator.used()).isZero();
    }

    @Test
    void aRegionGrowsByWhatItsPortsNeedAndGoesWithTheLast() throws NetmapException {
        try (TestPort a = open("vale0:a@conf:slots=16", 0)) {
            long before = allocator.used();
            try (TestPort b = open("vale0:b@conf:slots=16@share=vale0:a", 0)) {
                assertThat(allocator.used() - before).isBetween(32L * 2048, 32L * 2048 + 16 * 1024);
                assertThat(memory(b)).isSameAs(memory(a));
                assertThat(memory(a).usedBuffers()).isEqualTo(64);
            }
            long grown = allocator.used();
            // Freed memory is used first.
            for (int i = 0; i < 500; i++) {
                open("vale0:c@conf:slots=16@share=vale0:a", 0).close();
                open("vale0:a{1@conf:slots=16", 0).close();
            }
            assertThat(allocator.used()).isLessThanOrEqualTo(grown + 16 * 1024);
            assertThat(memory(a).usedBuffers()).isEqualTo(32);
        }
        assertThat(allocator.used()).isZero();
    }

    @Test
    void lendingTakesLessBeforeAPortIsRefused() throws NetmapException {
        allocator.limit = 6 * MIB;
        try (TestPort a = open("vale0:a", 65536)) {
            assertThat(a.port.registration().extraBuffers()).isBetween(100, 1024);
            assertThat(a.tx().slots()).isEqualTo(1024);
            assertNoMemory(() -> open("vale0:b", 0), "vale0:b", "MiB more", "2 rings of 1024 slots", "2048 buffers",
                "MaxDirectMemorySize");
            try (TestPort b = open("vale0:b@conf:slots=64", 65536)) {
                assertThat(b.port.registration().extraBuffers()).isLessThan(1024);
                b.send(frame(255, 1, 60));
                assertThat(a.receive()).containsExactly(frame(255, 1, 60));
            }
        }
        assertThat(allocator.used()).isZero();
    }

    @Test
    void aHugeRequestIsRefusedAndLeavesNothing() throws NetmapException {
        allocator.limit = 64 * MIB;
        assertNoMemory(() -> open("vale0:a@conf:rings=16,slots=4096", 1024), "vale0:a", "32 rings of 4096 slots",
            "131072 buffers", "fewer rings or slots");
        assertNoMemory(() -> open("netmap:p{1@conf:rings=16,slots=4096", 1024), "p{1", "64 rings of 4096 slots");
        assertThat(netmap.stats("vale0")).isNull();
        assertThat(allocator.used()).isZero();
        try (TestPort a = open("vale0:a", 0)) {
            assertNoMemory(() -> open("vale0:a{1@conf:rings=16,slots=4096", 0), "vale0:a{1");
            assertNoMemory(() -> open("vale0:b@conf:rings=16,slots=4096@share=vale0:a", 0), "vale0:b");
            try (TestPort b = open("vale0:b@share=vale0:a", 0)) {
                b.send(frame(255, 1, 60));
                assertThat(a.receive()).hasSize(1);
            }
            assertThat(memory(a).usedBuffers()).isEqualTo(2048);
        }
        assertThat(allocator.used()).isZero();
    }

    /** If any allocation fails, the open is refused or works with less memory, and everything is freed in the end. */
    @Test
    void everyAllocationMayFail() throws NetmapException {
        String[] names = {"vale0:a@conf:slots=16", "vale0:b@conf:slots=32@share=vale0:a", "vale0:a{1@conf:slots=64",
            "vale0:a}1", "vale0:c", "netmap:p{1@conf:slots=16"};
        for (int allowed = 0; allowed < 20; allowed++) {
            allocator.callsLeft = allowed;
            List<TestPort> open = new ArrayList<>();
            int refused = 0;
            for (String name : names) {
                try {
                    open.add(open(name, 50));
                } catch (NetmapException e) {
                    // After the first failure, there is no port to share with.
                    assertThat(e.error()).isIn(NetmapError.ENOMEM, NetmapError.EINVAL);
                    refused++;
                }
            }
            if (allowed == 0) {
                assertThat(refused).isEqualTo(names.length);
            }
            if (allowed == 19) {
                assertThat(refused).isZero();
            }
            open.forEach(TestPort::close);
            assertThat(allocator.used()).as("after %d allocations", allowed).isZero();
            assertThat(netmap.stats("vale0")).isNull();
        }
    }

    @Test
    void aRegionTakesMoreBindingsThanOneSegmentHas() throws NetmapException {
        Deque<TestPort> ports = new ArrayDeque<>();
        for (int i = 0; i < 100; i++) {
            ports.add(open("vale0:a@conf:slots=16", 1));
        }
        ports.getFirst().send(frame(255, 1, 60));
        ports.forEach(TestPort::close);
        assertThat(allocator.used()).isZero();
    }

    /** A region grows by windows. Their number is limited, and the message says so when they are used up. */
    @Test
    void aRegionEndsSomewhere() throws NetmapException {
        Deque<TestPort> ports = new ArrayDeque<>();
        try {
            ports.add(open("vale0:a@conf:slots=2", 0));
            assertNoMemory(() -> {
                for (int i = 0; i < 300; i++) {
                    ports.add(open("vale" + i % 2 + ":" + i + "@conf:slots=2@share=vale0:a", 0));
                }
            }, "cannot grow any more", "another region");
            assertThat(ports.size()).isGreaterThan(250);
            try (TestPort other = open("vale9:b", 0)) {
                assertThat(memory(other)).isNotSameAs(memory(ports.getFirst()));
            }
        } finally {
            ports.forEach(TestPort::close);
        }
        assertThat(allocator.used()).isZero();
    }

    @Test
    void anIndexOfNoBufferIsToldFromThoseOfOtherSegments() throws NetmapException {
        try (TestPort a = open("vale0:a@conf:slots=16", 0); TestPort b = open("vale0:b@conf:slots=32@share=vale0:a", 7);
             TestPort sink = open("vale0:sink@conf:slots=4096", 0); RawPort raw = new RawPort(a)) {
            EmbeddedMemory memory = memory(a);
            int valid = 0;
            for (int index = -3; index < 70_000; index++) {
                valid += memory.buffer(index) >= 0 ? 1 : 0;
            }
            assertThat(valid).isEqualTo(32 + 64 + 7);
            int other = b.port.extraBuffers().take();
            assertThat(memory.bytes(other)).isNotSameAs(memory.bytes(2));
            memory.bytes(other).put(memory.buffer(other), frame(255, 1, 60));
            Random random = new Random(3);
            raw.slot(0, frame(255, 1, 60), 0);
            int own = raw.bufferIndexOf(0);
            raw.bufferIndex(0, other);
            raw.head(1);
            a.port.txSync();
            assertThat(sink.receive()).containsExactly(frame(255, 1, 60));
            raw.bufferIndex(0, own);
            b.port.extraBuffers().put(other);
            for (int i = 1; i < 200; i++) {
                int index = random.nextInt();
                if (memory.buffer(index) < 0) {
                    int slot = i % 16;
                    int before = raw.bufferIndexOf(slot);
                    raw.slot(slot, frame(255, 1, 60), 0);
                    raw.bufferIndex(slot, index);
                    raw.head((slot + 1) % 16);
                    a.port.txSync();
                    raw.bufferIndex(slot, before);
                }
            }
            assertThat(sink.receive()).isEmpty();
            assertThat(netmap.stats("vale0").drops().get(ValeDrop.BAD_SLOT)).isGreaterThan(190);
        }
        assertThat(allocator.used()).isZero();
    }
}
