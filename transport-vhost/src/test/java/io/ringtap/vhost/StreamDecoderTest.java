/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vhost;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.ringtap.internal.unix.NativeMemory;
import io.ringtap.internal.unix.SystemCalls;
import io.ringtap.testsuite.system.DescriptorPair;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** {@link StreamDecoder} against every way in which a stream can be cut into reads. */
class StreamDecoderTest {
    private static final int LONGEST = 2000;

    private final StreamDecoder decoder = new StreamDecoder(LONGEST);
    private final NativeMemory memory = NativeMemory.allocate(64 * 1024);
    private DescriptorPair pipe;

    @BeforeEach
    void open() throws IOException {
        pipe = DescriptorPair.pipe();
    }

    @AfterEach
    void close() {
        pipe.close();
    }

    /** Adds octets by the memory that the decoder names, as a read does. */
    private void add(byte[] octets) throws IOException {
        memory.buffer().put(0, octets);
        assertThat(decoder.room()).isGreaterThanOrEqualTo(octets.length);
        assertThat(SystemCalls.write(pipe.second(), memory.address(), octets.length)).isEqualTo(octets.length);
        assertThat(SystemCalls.read(pipe.first(), decoder.address(), decoder.room())).isEqualTo(octets.length);
        decoder.added(octets.length);
    }

    private List<byte[]> takeAll() throws IOException {
        List<byte[]> frames = new ArrayList<>();
        for (int length; (length = decoder.length()) >= 0;) {
            assertThat(decoder.hasNext()).isTrue();
            ByteBuf frame = Unpooled.buffer(Math.max(1, length));
            decoder.take(frame);
            assertThat(frame.readableBytes()).isEqualTo(length);
            frames.add(ByteBufUtil.getBytes(frame));
        }
        assertThat(decoder.hasNext()).isFalse();
        return frames;
    }

    private static byte[] bytes(ByteBuffer framed) {
        byte[] bytes = new byte[framed.remaining()];
        framed.get(bytes);
        return bytes;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 7, 100, 1999, 2000, 2004, 5000, 60_000})
    void framesAreTheSameHoweverTheStreamIsCut(int most) throws Exception {
        Random random = new Random(most);
        byte[][] frames = new byte[most < 10 ? 5 : 300][];
        for (int i = 0; i < frames.length; i++) {
            frames[i] = new byte[i % 10 == 0 ? LONGEST : random.nextInt(LONGEST + 1)];
            random.nextBytes(frames[i]);
        }
        byte[] stream = bytes(StreamPeer.framed(frames));
        List<byte[]> read = new ArrayList<>();
        for (int at = 0; at < stream.length;) {
            int n = Math.min(Math.min(stream.length - at, decoder.room()), 1 + random.nextInt(most));
            add(Arrays.copyOfRange(stream, at, at + n));
            at += n;
            read.addAll(takeAll());
        }
        assertThat(decoder.isBetweenFrames()).isTrue();
        assertThat(read).containsExactly(frames);
    }

    @Test
    void framesThatAreSkippedAreGone() throws Exception {
        add(bytes(StreamPeer.framed(new byte[3], new byte[0], new byte[] {1, 2})));
        assertThat(decoder.length()).isEqualTo(3);
        decoder.skip();
        assertThat(decoder.length()).isZero();
        decoder.skip();
        assertThat(takeAll()).containsExactly(new byte[] {1, 2});
        assertThat(decoder.isBetweenFrames()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {LONGEST + 1, Integer.MAX_VALUE, Integer.MIN_VALUE, -1})
    void aLengthThatNoFrameHasIsRefusedAsSoonAsItIsThere(int length) throws Exception {
        add(bytes(StreamPeer.framed(new byte[] {9})));
        add(bytes(ByteBuffer.allocate(4).putInt(length).flip()));
        assertThat(decoder.length()).isEqualTo(1);
        decoder.skip();
        assertThat(decoder.hasNext()).isTrue();
        assertThatThrownBy(decoder::length).isInstanceOf(IOException.class)
            .hasMessageContaining(Integer.toUnsignedString(length)).hasMessageContaining("2000");
    }

    @Test
    void aPartOfALengthOrOfAFrameIsNone() throws Exception {
        byte[] octets = bytes(StreamPeer.framed(new byte[] {1, 2, 3}));
        for (byte octet : octets) {
            assertThat(decoder.length()).isEqualTo(StreamDecoder.NONE);
            add(new byte[] {octet});
        }
        assertThat(takeAll()).hasSize(1);
        add(new byte[] {0, 0});
        assertThat(decoder.isBetweenFrames()).isFalse();
    }
}
