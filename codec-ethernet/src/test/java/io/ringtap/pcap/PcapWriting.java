/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.pcap;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;

/** Writes capture files to a folder of the test, with a clock that advances by a nanosecond for each frame. */
@Timeout(60)
abstract class PcapWriting {
    static final PooledByteBufAllocator ALLOC = PooledByteBufAllocator.DEFAULT;
    static final long TIME = 1_700_000_000_123_456_789L;

    @TempDir
    Path dir;

    final AtomicLong clock = new AtomicLong(TIME);

    PcapWriter open(PcapWriter.Builder builder) throws IOException {
        return builder.open(clock::getAndIncrement);
    }

    static ByteBuf frame(int seed, int length) {
        ByteBuf frame = Unpooled.buffer(length);
        for (int i = 0; i < length; i++) {
            frame.writeByte(seed + i);
        }
        return frame;
    }

    static byte[] bytes(int seed, int length) {
        return frame(seed, length).array();
    }

    List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(dir)) {
            return files.sorted().toList();
        }
    }

    /** A channel that accepts so many bytes and then fails. */
    static final class SmallDisk implements WritableByteChannel {
        final ByteArrayOutputStream taken = new ByteArrayOutputStream();
        final int size;
        volatile boolean open = true;

        SmallDisk(int size) {
            this.size = size;
        }

        @Override
        public int write(ByteBuffer bytes) throws IOException {
            int n = Math.min(bytes.remaining(), size - taken.size());
            if (n == 0) {
                throw new IOException("No space left on device");
            }
            byte[] next = new byte[n];
            bytes.get(next);
            taken.write(next, 0, n);
            return n;
        }

        @Override
        public boolean isOpen() {
            return open;
        }

        @Override
        public void close() {
            open = false;
        }
    }

    static final class UserEvents extends ChannelInboundHandlerAdapter {
        final List<Object> seen = new ArrayList<>();

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            seen.add(event);
        }
    }

    static String run(String... command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }
}
