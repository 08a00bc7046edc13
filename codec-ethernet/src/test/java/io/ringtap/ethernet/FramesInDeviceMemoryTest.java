/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.ethernet;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.IllegalReferenceCountException;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.concurrent.FastThreadLocalThread;
import io.ringtap.virtio.VirtioNetHeader;
import io.ringtap.virtio.VirtioNetHeaderHandler;
import io.ringtap.virtio.VnetHeaderLength;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.LongStream;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Frames of a batch that are in device memory. */
class FramesInDeviceMemoryTest {
    private static final int LENGTH = 60;

    /** The device memory of this test. A handle is a number, and the frame begins with it. */
    private static class NumberedMemory implements DeviceMemory {
        private final Set<Long> out = new TreeSet<>();
        private final List<Long> taken = new ArrayList<>();
        private final List<List<Long>> returns = new ArrayList<>();
        private boolean failing;

        void lend(FrameBatch batch, long first, int count) {
            for (long handle = first; handle < first + count; handle++) {
                assertThat(out.add(handle)).isTrue();
                batch.add(this, handle);
            }
        }

        private byte[] bytes(long handle) {
            assertThat(out).as("who asks has the frame").contains(handle);
            return ByteBuffer.allocate(length(handle)).putLong(handle).array();
        }

        @Override
        public int length(long handle) {
            return LENGTH + (int) (handle % 7);
        }

        @Override
        public long getLong(long handle, int offset) {
            return ByteBuffer.wrap(bytes(handle)).getLong(offset);
        }

        @Override
        public ByteBuf take(long handle) {
            if (failing) {
                throw new OutOfMemoryError("on purpose");
            }
            ByteBuf frame = Unpooled.copiedBuffer(bytes(handle));
            out.remove(handle);
            taken.add(handle);
            return frame;
        }

        @Override
        public void giveBack(long[] handles, int from, int to) {
            List<Long> run = new ArrayList<>();
            for (int i = from; i < to; i++) {
                assertThat(out.remove(handles[i])).as("handle %d is given back once", handles[i]).isTrue();
                run.add(handles[i]);
            }
            returns.add(run);
        }
    }

    private final NumberedMemory memory = new NumberedMemory();
    private final NumberedMemory other = new NumberedMemory();

    @AfterEach
    void everyPlaceIsBack() {
        assertThat(memory.out).isEmpty();
        assertThat(other.out).isEmpty();
    }

    private FrameBatch inMemory(long first, int count) {
        FrameBatch batch = FrameBatch.newInstance();
        memory.lend(batch, first, count);
        return batch;
    }

    private static ByteBuf buffer(long number) {
        return Unpooled.buffer(LENGTH).writeLong(number).writeZero(LENGTH - Long.BYTES);
    }

    private static List<Long> drain(FrameBatch batch) {
        List<Long> numbers = new ArrayList<>();
        for (ByteBuf frame; (frame = batch.poll()) != null;) {
            numbers.add(frame.getLong(0));
            frame.release();
        }
        return numbers;
    }

    @Test
    void areLookedAtWithoutBecomingBuffers() {
        FrameBatch batch = inMemory(5, 3);
        batch.add(buffer(8));
        assertThat(batch.size()).isEqualTo(4);
        assertThat(batch.length(0)).isEqualTo(65);
        assertThat(batch.length(3)).isEqualTo(LENGTH);
        assertThat(batch.readableBytes()).isEqualTo(65 + 66 + 60 + 60);
        for (int i = 0; i < 4; i++) {
            assertThat(batch.getLong(i, 0)).isEqualTo(5 + i);
            assertThat(batch.getLong(i, 2)).isEqualTo((5L + i) << 16);
            assertThat(batch.isHandle(i)).isEqualTo(i < 3);
        }
        assertThat(batch.memory()).isSameAs(memory);
        assertThat(batch.handle(1)).isEqualTo(6);
        assertThat(batch.toString()).isEqualTo("FrameBatch(4 frames, 251 bytes)");
        assertThat(memory.taken).isEmpty();
        batch.release();
    }

    @Test
    void areReadWithinTheirBoundsAlone() {
        FrameBatch batch = inMemory(0, 1).add(buffer(1));
        for (int i = 0; i < 2; i++) {
            int index = i;
            assertThat(batch.getLong(i, LENGTH - 8)).isZero();
            assertThatThrownBy(() -> batch.getLong(index, LENGTH - 7)).isInstanceOf(IndexOutOfBoundsException.class)
                .hasMessageContaining("53").hasMessageContaining("60");
            assertThatThrownBy(() -> batch.getLong(index, -1)).isInstanceOf(IndexOutOfBoundsException.class);
        }
        assertThatThrownBy(() -> batch.getLong(2, 0)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> batch.length(2)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> batch.isHandle(-1)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> batch.removeHandles(3)).isInstanceOf(IndexOutOfBoundsException.class);
        batch.release();
    }

    @Test
    void aBufferIsReadFromItsReaderIndex() {
        FrameBatch batch = FrameBatch.newInstance().add(buffer(0x1122334455667788L).skipBytes(4));
        assertThat(batch.getLong(0, 0)).isEqualTo(0x5566778800000000L);
        assertThat(batch.length(0)).isEqualTo(56);
        batch.release();
    }

    @Test
    void becomeBuffersWhenAskedFor() {
        FrameBatch batch = inMemory(0, 4);
        ByteBuf second = batch.get(1);
        assertThat(second.getLong(0)).isEqualTo(1);
        assertThat(batch.get(1)).as("a buffer once and for all").isSameAs(second);
        assertThat(batch.isHandle(1)).isFalse();
        assertThat(memory.taken).containsExactly(1L);
        assertThat(drain(batch)).containsExactly(0L, 1L, 2L, 3L);
        assertThat(second.refCnt()).isZero();
        assertThat(memory.taken).containsExactly(1L, 0L, 2L, 3L);
        batch.release();
        assertThat(memory.returns).isEmpty();
    }

    @Test
    void areGivenBackWithTheBatchInRuns() {
        FrameBatch batch = inMemory(0, 3).add(buffer(3));
        memory.lend(batch, 4, 2);
        ByteBuf held = batch.get(5).retain();
        ByteBuf first = batch.poll();
        batch.release();
        assertThat(memory.returns).containsExactly(List.of(1L, 2L), List.of(4L));
        assertThat(held.refCnt()).isEqualTo(1);
        held.release();
        first.release();
    }

    @Test
    void moveAsTheyAre() {
        FrameBatch from = inMemory(0, 2).add(buffer(2));
        FrameBatch to = FrameBatch.newInstance().add(buffer(9));
        ByteBuf buffer = from.get(2);
        while (!from.isEmpty()) {
            from.moveTo(to);
        }
        from.release();
        assertThat(memory.taken).isEmpty();
        assertThat(to.isHandle(1)).isTrue();
        assertThat(to.get(3)).isSameAs(buffer);
        assertThat(buffer.refCnt()).isEqualTo(1);
        assertThat(drain(to)).containsExactly(9L, 0L, 1L, 2L);
        assertThatThrownBy(() -> to.moveTo(to)).isInstanceOf(IndexOutOfBoundsException.class);
        to.release();
    }

    @Test
    void ofASecondStoreBecomeBuffers() {
        FrameBatch batch = inMemory(0, 2);
        other.lend(batch, 2, 2);
        assertThat(other.taken).containsExactly(2L, 3L);
        assertThat(memory.taken).isEmpty();
        assertThat(drain(batch)).containsExactly(0L, 1L, 2L, 3L);
        batch.release();
    }

    @Test
    void aBatchThatWasReleasedHasForgottenItsStore() {
        FrameBatch batch = inMemory(0, 2);
        batch.release();
        assertThat(batch.memory()).isNull();
        assertThatThrownBy(() -> batch.add(memory, 1)).isInstanceOf(IllegalReferenceCountException.class);
        FrameBatch next = FrameBatch.newInstance();
        other.lend(next, 0, 2);
        assertThat(next.memory()).isSameAs(other);
        assertThat(other.taken).isEmpty();
        next.release();
    }

    @Test
    void theirPlacesGrowWithTheBatch() {
        FrameBatch batch = FrameBatch.newInstance();
        long in = 0;
        long out = 0;
        for (int round = 0; round < 200; round++) {
            for (int i = 0; i < 17; i++, in++) {
                if (in % 3 == 0 && in > 150) {
                    batch.add(buffer(in));
                } else {
                    memory.lend(batch, in, 1);
                }
            }
            for (int i = 0; i < (round < 100 ? 7 : 24) && !batch.isEmpty(); i++, out++) {
                assertThat(batch.getLong(0, 0)).isEqualTo(out);
                if (batch.isHandle(0) && out % 2 == 0) {
                    memory.out.remove(batch.handle(0));
                    batch.removeHandles(1);
                } else {
                    batch.poll().release();
                }
            }
        }
        assertThat(batch.size()).isEqualTo((int) (in - out)).isGreaterThan(64);
        for (int i = 0; i < batch.size(); i++) {
            assertThat(batch.getLong(i, 0)).isEqualTo(out + i);
        }
        batch.release();
    }

    @Test
    void oneMoreThanThereIsRoomForMayBeTheFirstStored() {
        FrameBatch batch = FrameBatch.newInstance();
        for (int i = 0; i < 1024; i++) {
            batch.add(buffer(i));
        }
        memory.lend(batch, 1024, 1);
        assertThat(batch.getLong(1024, 0)).isEqualTo(1024);
        assertThat(drain(batch)).hasSize(1025);
        batch.release();
    }

    @Test
    void areNoBuffersForATraceOfLeaks() {
        assertThat(ResourceLeakDetector.getLevel()).isEqualTo(ResourceLeakDetector.Level.PARANOID);
        FrameBatch batch = inMemory(0, 2).add(buffer(2));
        batch.touch("here");
        assertThat(memory.taken).isEmpty();
        batch.release();
    }

    @Test
    void aHandlerOfSingleFramesGetsBuffers() {
        EmbeddedChannel channel = new EmbeddedChannel(
            new VirtioNetHeaderHandler(VirtioNetHeader.of(VnetHeaderLength.NONE),
                VirtioNetHeader.of(VnetHeaderLength.MERGEABLE)));
        assertThat(channel.writeInbound(inMemory(1, 3))).isTrue();
        for (long number = 1; number <= 3; number++) {
            ByteBuf frame = channel.readInbound();
            assertThat(frame.getLong(frame.readerIndex() + 12)).isEqualTo(number);
            frame.release();
        }
        assertThat(channel.finish()).isFalse();
    }

    /** Released batches are used again on such a thread only. */
    private static void onFastThread(Runnable test) throws InterruptedException {
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Thread thread = new FastThreadLocalThread(() -> {
            try {
                test.run();
            } catch (Throwable cause) {
                failure.set(cause);
            }
        });
        thread.start();
        thread.join();
        assertThat(failure.get()).isNull();
    }

    private static List<FrameBatch> batches() {
        return Stream.generate(FrameBatch::newInstance).limit(64).toList();
    }

    @Test
    void aFrameThatCannotBecomeABufferStays() {
        FrameBatch batch = inMemory(1, 3);
        memory.failing = true;
        assertThatThrownBy(batch::poll).isInstanceOf(OutOfMemoryError.class);
        assertThatThrownBy(() -> batch.get(2)).isInstanceOf(OutOfMemoryError.class);
        FrameBatch mixed = FrameBatch.newInstance();
        other.lend(mixed, 9, 1);
        assertThatThrownBy(() -> batch.moveTo(mixed)).isInstanceOf(OutOfMemoryError.class);
        assertThat(mixed.size()).isEqualTo(1);
        mixed.release();
        memory.failing = false;
        assertThat(drain(batch)).containsExactly(1L, 2L, 3L);
        batch.release();
    }

    @Test
    void roomIsMadeBeforehand() {
        FrameBatch batch = inMemory(0, 1);
        batch.ensureRoom(memory, 1000);
        assertThat(batch.size()).isEqualTo(1);
        memory.lend(batch, 1, 999);
        assertThat(drain(batch)).hasSize(1000).startsWith(0L, 1L).endsWith(999L);
        batch.release();
        assertThatThrownBy(() -> batch.ensureRoom(memory, 1)).isInstanceOf(IllegalReferenceCountException.class);
    }

    @Test
    void aBatchWhoseLeaksAreTrackedStaysReleased() throws InterruptedException {
        onFastThread(() -> {
            for (int i = 0; i < 10; i++) {
                FrameBatch batch = FrameBatch.newInstance();
                batch.release();
                List<FrameBatch> next = batches();
                assertThat(batch.refCnt()).isZero();
                assertThatThrownBy(batch::release).isInstanceOf(IllegalReferenceCountException.class);
                next.forEach(FrameBatch::release);
            }
        });
    }

    @Test
    void aReleasedBatchThatRefusesAPlaceForgetsItsStore() throws InterruptedException {
        ResourceLeakDetector.Level level = ResourceLeakDetector.getLevel();
        // With leak detection PARANOID, no batch is used again.
        ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.SIMPLE);
        try {
            refusesAPlaceAndForgetsItsStore();
        } finally {
            ResourceLeakDetector.setLevel(level);
        }
    }

    private void refusesAPlaceAndForgetsItsStore() throws InterruptedException {
        onFastThread(() -> {
            for (FrameBatch batch : batches()) {
                batch.release();
                assertThatThrownBy(() -> batch.add(other, 1)).isInstanceOf(IllegalReferenceCountException.class);
                assertThat(batch.memory()).isNull();
            }
            List<FrameBatch> next = batches();
            for (int i = 0; i < next.size(); i++) {
                memory.lend(next.get(i), i, 1);
            }
            next.forEach(FrameBatch::release);
            assertThat(memory.taken).isEmpty();
        });
    }

    @Test
    void anEmptyBatchMayChangeItsStore() {
        FrameBatch batch = inMemory(0, 2);
        drain(batch);
        other.lend(batch, 2, 2);
        assertThat(other.taken).isEmpty();
        assertThat(batch.memory()).isSameAs(other);
        batch.release();
        assertThat(other.returns).containsExactly(List.of(2L, 3L));
    }

    @Test
    void noStoreIsRefusedAtOnce() {
        FrameBatch batch = FrameBatch.newInstance();
        assertThatThrownBy(() -> batch.add(null, 1)).isInstanceOf(NullPointerException.class);
        batch.release();
    }

    @Test
    void aBufferIsNotRemovedAsStored() throws InterruptedException {
        onFastThread(() -> {
            for (FrameBatch batch : batches()) {
                memory.lend(batch.add(buffer(77)), 5, 1);
                assertThatThrownBy(() -> batch.removeHandles(2)).isInstanceOf(IllegalStateException.class);
                assertThat(batch.size()).isEqualTo(2);
                batch.release();
            }
            for (FrameBatch batch : batches()) {
                memory.lend(batch, 5, 1);
                assertThat(batch.isHandle(0)).as("not a frame of the user before").isTrue();
                batch.release();
            }
        });
    }

    @Test
    void aBatchMayBeTurned() {
        FrameBatch batch = FrameBatch.newInstance();
        for (int i = 0; i < 64; i++) {
            batch.add(buffer(i));
        }
        for (int i = 0; i < 5; i++) {
            batch.poll().release();
        }
        batch.moveTo(batch);
        for (int i = 0; i < 59; i++) {
            assertThat(batch.getLong(i, 0)).isEqualTo(i < 58 ? 6 + i : 5);
        }
        batch.release();
    }

    @Test
    void aStoreThatFailsHoldsUpNobody() {
        DeviceMemory failing = new NumberedMemory() {
            @Override
            public void giveBack(long[] handles, int from, int to) {
                throw new IllegalStateException("a test's memory that fails");
            }
        };
        ByteBuf behind = buffer(1);
        FrameBatch.newInstance().add(failing, 1).add(behind).release();
        assertThat(behind.refCnt()).isZero();
    }

    /** A batch, and the expected numbers of its frames. */
    private static final class Modelled {
        private final FrameBatch batch = FrameBatch.newInstance();
        private final List<Long> numbers = new ArrayList<>();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5})
    void whateverIsDoneTheFramesStayInOrder(int seed) {
        Random random = new Random(seed);
        Modelled[] batches = {new Modelled(), new Modelled(), new Modelled()};
        long number = 0;
        for (int step = 0; step < 4000; step++) {
            Modelled one = batches[random.nextInt(3)];
            Modelled two = batches[random.nextInt(3)];
            NumberedMemory from = random.nextInt(8) == 0 ? other : memory;
            int count = random.nextInt(one.batch.size() + 1);
            switch (random.nextInt(7)) {
                case 0 -> {
                    one.batch.add(buffer(number));
                    one.numbers.add(number++);
                }
                case 1 -> {
                    from.lend(one.batch, number, 1);
                    one.numbers.add(number++);
                }
                case 2 -> {
                    long[] handles = LongStream.range(number, number + random.nextInt(100)).toArray();
                    LongStream.of(handles).forEach(from.out::add);
                    one.batch.add(from, handles, handles.length);
                    LongStream.of(handles).forEach(one.numbers::add);
                    number += handles.length;
                }
                case 3 -> {
                    one.batch.moveTo(two.batch, count);
                    List<Long> moved = new ArrayList<>(one.numbers.subList(0, count));
                    one.numbers.subList(0, count).clear();
                    two.numbers.addAll(moved);
                }
                case 4 -> {
                    for (int i = 0; i < count; i++) {
                        ByteBuf frame = one.batch.poll();
                        assertThat(frame.getLong(0)).isEqualTo(one.numbers.remove(0));
                        frame.release();
                    }
                }
                case 5 -> {
                    if (count > 0) {
                        assertThat(one.batch.get(count - 1).getLong(0)).isEqualTo(one.numbers.get(count - 1));
                    }
                }
                default -> {
                    assertThat(one.batch.size()).isEqualTo(one.numbers.size());
                    for (int i = 0; i < one.batch.size(); i++) {
                        assertThat(one.batch.getLong(i, 0)).isEqualTo(one.numbers.get(i));
                    }
                }
            }
        }
        for (Modelled each : batches) {
            each.batch.release();
        }
    }

    @Test
    void noMoreMoveThanThereAre() {
        FrameBatch from = inMemory(0, 3);
        FrameBatch to = FrameBatch.newInstance();
        assertThatThrownBy(() -> from.moveTo(to, 4)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> from.moveTo(to, -1)).isInstanceOf(IndexOutOfBoundsException.class);
        to.release();
        assertThatThrownBy(() -> from.moveTo(to, 2)).isInstanceOf(IllegalReferenceCountException.class);
        assertThat(from.size()).isEqualTo(3);
        from.release();
        assertThat(memory.returns).containsExactly(List.of(0L, 1L, 2L));
    }
}
