/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testsuite;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.ringtap.channel.FrameChannel;
import io.ringtap.testkit.Await;
import io.ringtap.testkit.TestFrames;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.Function;
import java.util.stream.Stream;

import static io.ringtap.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

/** A frame may be any kind of buffer. */
abstract class GatheringSuite extends ChannelTests {
    private static final int LENGTH = 1514;

    /** The kind of buffer that a frame is made of. */
    enum Kind {
        HEAP(Unpooled::copiedBuffer),
        DIRECT(bytes -> Unpooled.directBuffer(bytes.length).writeBytes(bytes)),
        POOLED_HEAP(bytes -> PooledByteBufAllocator.DEFAULT.heapBuffer().writeBytes(bytes)),
        POOLED_DIRECT(bytes -> PooledByteBufAllocator.DEFAULT.directBuffer().writeBytes(bytes)),
        HEAP_SLICE(bytes -> slice(Unpooled.buffer(), bytes)),
        DIRECT_SLICE(bytes -> slice(Unpooled.directBuffer(), bytes)),
        POOLED_SLICE(bytes -> slice(PooledByteBufAllocator.DEFAULT.directBuffer(), bytes)),
        DIRECT_BEHIND_A_READ_PREFIX(bytes ->
            Unpooled.directBuffer().writeZero(33).writeBytes(bytes).skipBytes(33)),
        DIRECT_DUPLICATE(bytes -> Unpooled.directBuffer().writeBytes(bytes).duplicate()),
        DIRECT_READ_ONLY(bytes -> Unpooled.directBuffer().writeBytes(bytes).asReadOnly()),
        HEAP_READ_ONLY(bytes -> Unpooled.copiedBuffer(bytes).asReadOnly()),
        NIO_DIRECT_READ_ONLY(bytes -> Unpooled.wrappedBuffer(direct(bytes).asReadOnlyBuffer())),
        NIO_HEAP_READ_ONLY(bytes -> Unpooled.wrappedBuffer(ByteBuffer.wrap(bytes).asReadOnlyBuffer())),
        NIO_DIRECT(bytes -> Unpooled.wrappedBuffer(direct(bytes))),
        COMPOSITE_OF_NOTHING_BUT_ONE(bytes -> composite(part(bytes, 0, LENGTH, true))),
        COMPOSITE_OF_ONE_HEAP_PART(bytes -> composite(part(bytes, 0, LENGTH, false))),
        COMPOSITE_DIRECT(bytes -> composite(part(bytes, 0, 14, true), part(bytes, 14, LENGTH, true))),
        COMPOSITE_HEAP(bytes -> composite(part(bytes, 0, 14, false), part(bytes, 14, LENGTH, false))),
        COMPOSITE_MIXED(bytes -> composite(part(bytes, 0, 14, false), part(bytes, 14, 500, true),
            part(bytes, 500, 501, false), part(bytes, 501, LENGTH, true))),
        COMPOSITE_WITH_EMPTY_PARTS(bytes -> composite(part(bytes, 0, 0, true), part(bytes, 0, 700, true),
            part(bytes, 0, 0, false), Unpooled.EMPTY_BUFFER, part(bytes, 700, LENGTH, false),
            part(bytes, 0, 0, true))),
        COMPOSITE_NESTED(bytes -> composite(
            composite(part(bytes, 0, 7, true), composite(part(bytes, 7, 14, false), part(bytes, 14, 15, true))),
            composite(part(bytes, 15, 1000, false), part(bytes, 1000, LENGTH, true)))),
        COMPOSITE_READ_ONLY(bytes -> composite(part(bytes, 0, 14, false), part(bytes, 14, LENGTH, true)).asReadOnly()),
        COMPOSITE_SLICE(bytes -> composite(Unpooled.directBuffer().writeZero(40),
            part(bytes, 0, 600, true), part(bytes, 600, LENGTH, false), Unpooled.buffer().writeZero(40))
            .slice(40, LENGTH)),
        COMPOSITE_BEHIND_A_READ_PREFIX(bytes -> composite(Unpooled.directBuffer().writeZero(40),
            part(bytes, 0, 600, true), part(bytes, 600, LENGTH, false)).skipBytes(40)),
        COMPOSITE_OF_READ_ONLY_PARTS(bytes -> composite(part(bytes, 0, 14, false).asReadOnly(),
            part(bytes, 14, 300, true).asReadOnly(), Unpooled.wrappedBuffer(
                direct(Arrays.copyOfRange(bytes, 300, LENGTH)).asReadOnlyBuffer()))),
        COMPOSITE_POOLED_BY_ALLOCATOR(bytes -> PooledByteBufAllocator.DEFAULT.compositeDirectBuffer()
            .addComponents(true, PooledByteBufAllocator.DEFAULT.directBuffer().writeBytes(bytes, 0, 200),
                PooledByteBufAllocator.DEFAULT.heapBuffer().writeBytes(bytes, 200, LENGTH - 200))),
        FIXED_COMPOSITE(bytes -> Unpooled.wrappedUnmodifiableBuffer(part(bytes, 0, 14, false),
            part(bytes, 14, 15, true), part(bytes, 15, LENGTH, true))),
        WRAPPED_ARRAYS(bytes -> Unpooled.wrappedBuffer(Arrays.copyOf(bytes, 10), new byte[0],
            Arrays.copyOfRange(bytes, 10, LENGTH))),
        SINGLE_BYTES_DIRECT(bytes -> pieces(bytes, LENGTH, true)),
        SINGLE_BYTES_HEAP(bytes -> pieces(bytes, LENGTH, false)),
        PARTS_1023(bytes -> pieces(bytes, 1023, true)),
        PARTS_1024(bytes -> pieces(bytes, 1024, true)),
        PARTS_1025(bytes -> pieces(bytes, 1025, true));

        final Function<byte[], ByteBuf> make;

        Kind(Function<byte[], ByteBuf> make) {
            this.make = make;
        }

        private static ByteBuf slice(ByteBuf buf, byte[] bytes) {
            return buf.writeZero(21).writeBytes(bytes).writeZero(21).slice(21, bytes.length);
        }

        private static ByteBuffer direct(byte[] bytes) {
            return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
        }

        private static ByteBuf part(byte[] bytes, int from, int to, boolean direct) {
            ByteBufAllocator allocator = PooledByteBufAllocator.DEFAULT;
            ByteBuf buf = direct ? allocator.directBuffer(to - from + 1) : allocator.heapBuffer(to - from + 1);
            return buf.writeBytes(bytes, from, to - from);
        }

        private static CompositeByteBuf composite(ByteBuf... parts) {
            return Unpooled.compositeBuffer(2000).addComponents(true, parts);
        }

        private static ByteBuf pieces(byte[] bytes, int parts, boolean direct) {
            CompositeByteBuf composite = Unpooled.compositeBuffer(2000);
            for (int i = 0; i < parts; i++) {
                int to = i == parts - 1 ? bytes.length : i + 1;
                composite.addComponent(true, part(bytes, i, to, direct));
            }
            return composite;
        }
    }

    /** One channel for all kinds, so that what one kind leaves behind would show in the next. */
    @TestFactory
    Stream<DynamicTest> everyKindOfBufferIsOneFrame() throws Exception {
        FrameChannel channel = bind(new FrameCollector());
        return Stream.of(Kind.values()).map(kind -> dynamicTest(kind.name(), () -> isOneFrame(channel, kind)));
    }

    private void isOneFrame(FrameChannel channel, Kind kind) throws Exception {
        // One flush writes several different frames: what one of them leaves in a shared array must not appear in the
        // next.
        int frames = 4;
        long bytes = channel.stats().txBytes() + frames * LENGTH;
        onLoop(channel, () -> {
            for (int i = 0; i < frames; i++) {
                channel.write((i % 2 == 0 ? kind : Kind.COMPOSITE_MIXED).make.apply(TestFrames.frame(i, LENGTH)));
            }
            return channel.flush();
        });
        for (int i = 0; i < frames; i++) {
            assertThat(testbed().receive(Await.PATIENCE_MILLIS)).as("frame %d", i)
                .isEqualTo(TestFrames.frame(i, LENGTH));
        }
        await("all that was sent", () -> channel.stats().txBytes() == bytes);
        assertThat(channel.stats().txDrops()).isZero();
    }
}
