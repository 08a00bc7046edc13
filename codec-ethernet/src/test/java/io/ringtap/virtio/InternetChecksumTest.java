/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.virtio;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.ringtap.testkit.ReferenceChecksum;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import static org.assertj.core.api.Assertions.assertThat;

class InternetChecksumTest {
    private static final int SIZE = 1 << 17;

    private final byte[] octets = new byte[SIZE];
    private final List<ByteBuf> buffers = new ArrayList<>();

    @AfterEach
    void release() {
        buffers.forEach(ByteBuf::release);
    }

    private ByteBuf keep(ByteBuf buf) {
        buffers.add(buf);
        return buf;
    }

    /**
     * The same octets in heap, direct, pooled, sliced and read-only buffers, and in composites with parts of odd and
     * even sizes.
     */
    private void fill(Random random) {
        random.nextBytes(octets);
        // Runs of ones and zeros make carries that random octets do not.
        Arrays.fill(octets, 1000, 9000, (byte) 0xff);
        Arrays.fill(octets, 9000, 12000, (byte) 0);
        keep(Unpooled.wrappedBuffer(octets));
        keep(Unpooled.directBuffer(SIZE)).writeBytes(octets);
        keep(PooledByteBufAllocator.DEFAULT.directBuffer(SIZE)).writeBytes(octets);
        keep(PooledByteBufAllocator.DEFAULT.heapBuffer(SIZE)).writeBytes(octets);
        ByteBuf shifted = Unpooled.directBuffer(SIZE + 3).writeZero(3).writeBytes(octets);
        keep(shifted.slice(3, SIZE));
        keep(Unpooled.directBuffer(SIZE).writeBytes(octets).asReadOnly());
        keep(composite(random, 40));
        keep(composite(random, 3000));
        ByteBuf nested = Unpooled.compositeBuffer().addComponent(true, Unpooled.wrappedBuffer(new byte[5]))
            .addComponent(true, composite(random, 700));
        keep(nested.slice(5, SIZE));
    }

    private CompositeByteBuf composite(Random random, int bound) {
        CompositeByteBuf composite = Unpooled.compositeBuffer(Integer.MAX_VALUE);
        for (int at = 0; at < SIZE;) {
            int size = Math.min(SIZE - at, 1 + random.nextInt(bound));
            ByteBuf part = random.nextBoolean() ? Unpooled.directBuffer(size) : Unpooled.buffer(size);
            composite.addComponent(true, part.writeBytes(octets, at, size));
            at += size;
        }
        return composite;
    }

    @Test
    void equalsTheReferenceOverRandomRanges() {
        Random random = new Random(1071);
        fill(random);
        int contiguous = 6;
        for (int i = 0; i < 2_000_000; i++) {
            ByteBuf buf = buffers.get(random.nextInt(contiguous));
            int length = random.nextInt(random.nextInt(16) == 0 ? 800 : 100);
            check(buf, random.nextInt(SIZE - length), length);
        }
        for (int i = 0; i < 40_000; i++) {
            ByteBuf buf = buffers.get(contiguous + random.nextInt(buffers.size() - contiguous));
            int length = random.nextInt(random.nextInt(16) == 0 ? 5000 : 300);
            check(buf, random.nextInt(SIZE - length), length);
        }
    }

    @Test
    void equalsTheReferenceOverAWholeSuperFrame() {
        fill(new Random(2));
        for (ByteBuf buf : buffers) {
            check(buf, 0, SIZE);
            check(buf, 1, SIZE - 2);
            check(buf, 1001, 7997);
        }
    }

    private void check(ByteBuf buf, int index, int length) {
        int expected = ReferenceChecksum.sum(octets, index, length);
        int sum = InternetChecksum.sum(buf, index, length);
        if (sum != expected) {
            assertThat(sum).as("%d octets from %d of %s", length, index, buf).isEqualTo(expected);
        }
    }

    @Test
    void theExampleOfRfc1071() {
        ByteBuf buf = keep(Unpooled.wrappedBuffer(new byte[] {0, 1, (byte) 0xf2, 3, (byte) 0xf4, (byte) 0xf5,
            (byte) 0xf6, (byte) 0xf7}));
        assertThat(InternetChecksum.sum(buf, 0, 8)).isEqualTo(0xddf2);
        assertThat(InternetChecksum.checksum(buf, 0, 8)).isEqualTo(0x220d);
        assertThat(InternetChecksum.sum(buf, 0, 0)).isZero();
        assertThat(InternetChecksum.sum(buf, 2, 1)).isEqualTo(0xf200);
    }

    @Test
    void sumsPseudoHeaders() {
        Random random = new Random(8200);
        byte[] packet = new byte[60];
        for (int i = 0; i < 1000; i++) {
            random.nextBytes(packet);
            ByteBuf buf = Unpooled.wrappedBuffer(packet);
            int length = random.nextInt(1 << 16);
            int v4 = ReferenceChecksum.add(ReferenceChecksum.sum(packet, 12, 8),
                ReferenceChecksum.sum(new byte[] {0, 17, (byte) (length >> 8), (byte) length}));
            assertThat(InternetChecksum.pseudoHeader4(buf, 0, 17, length)).isEqualTo(v4);
            int big = length * 5;
            int v6 = ReferenceChecksum.add(
                ReferenceChecksum.add(ReferenceChecksum.sum(packet, 8, 16), ReferenceChecksum.sum(packet, 44, 16)),
                ReferenceChecksum.sum(new byte[] {(byte) (big >> 24), (byte) (big >> 16), (byte) (big >> 8), (byte) big,
                    0, 0, 0, 6}));
            assertThat(InternetChecksum.pseudoHeader6(buf, 8, 44, 6, big)).isEqualTo(v6);
            buf.release();
        }
    }

    @Test
    void doesNotMoveIndices() {
        ByteBuf buf = keep(Unpooled.directBuffer(256).writeZero(200));
        buf.readerIndex(7);
        InternetChecksum.sum(buf, 0, 200);
        assertThat(buf.readerIndex()).isEqualTo(7);
        assertThat(buf.writerIndex()).isEqualTo(200);
    }

    /** The frame and its duplicates, as when a switch has flooded one frame to ports on several event loops. */
    @Test
    void oneBufferIsSummedByManyThreadsAtOnce() throws Exception {
        Random random = new Random(3);
        fill(random);
        for (ByteBuf shared : buffers) {
            List<Callable<Void>> readers = new ArrayList<>();
            for (int reader = 0; reader < 3; reader++) {
                Random own = new Random(reader);
                ByteBuf buf = reader < 2 ? shared : shared.duplicate();
                readers.add(() -> {
                    for (int i = 0; i < 5000; i++) {
                        int length = 64 + own.nextInt(2000);
                        check(buf, own.nextInt(SIZE - length), length);
                    }
                    return null;
                });
            }
            ExecutorService threads = Executors.newFixedThreadPool(readers.size());
            try {
                for (Future<Void> reader : threads.invokeAll(readers)) {
                    reader.get();
                }
            } finally {
                threads.shutdownNow();
            }
        }
    }
}
