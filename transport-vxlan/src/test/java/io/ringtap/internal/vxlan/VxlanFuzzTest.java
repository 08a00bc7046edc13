/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vxlan;

import io.ringtap.testkit.PacketBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.nio.ByteBuffer;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** The fuzz targets with input of this test's own, and changed at random. */
class VxlanFuzzTest {
    private static final int CHANGES = 300;

    private final VxlanFuzz fuzz = new VxlanFuzz();

    /** Frames whose packets are whole, unfinished, or super-frames. */
    static Stream<byte[]> frames() {
        Random random = new Random(1);
        return Stream.of(4, 6).flatMap(version -> Stream.of(
            PacketBuilder.tcp(version).randomPayload(random, 100).build(),
            PacketBuilder.tcp(version).partial().randomPayload(random, 5).build(),
            PacketBuilder.tcp(version).partial().randomPayload(random, 4000).build(),
            PacketBuilder.tcp(version).tag(0x8100, 7).fragment(0x4000).tos(1).randomPayload(random, 10).build(),
            PacketBuilder.udp(version).partial().randomPayload(random, 3000).padding(3).build(),
            PacketBuilder.udp(version).fragment(0x2000).randomPayload(random, 30).build()));
    }

    /** The same in datagrams, as the target takes them. */
    static Stream<byte[]> messages() {
        return frames().flatMap(frame -> Stream.of(0, 1, 2, 3, 4).map(header -> ByteBuffer
            .allocate(3 + 8 + frame.length).put((byte) (int) header).put((byte) (frame.length % 4)).put((byte) 3)
            .putInt(0x0800_0000).putInt(42 << 8).put(frame).array()));
    }

    @ParameterizedTest
    @MethodSource("messages")
    void receive(byte[] message) {
        fuzz.receive(message);
        changed(message, fuzz::receive);
    }

    @ParameterizedTest
    @MethodSource("frames")
    void send(byte[] frame) {
        fuzz.send(frame);
        changed(frame, fuzz::send);
    }

    @Test
    void whatIsTooShortHarmsNothing() {
        for (int length = 0; length < 40; length++) {
            fuzz.receive(new byte[length]);
            fuzz.send(new byte[length]);
        }
    }

    private static void changed(byte[] input, Consumer<byte[]> target) {
        Random random = new Random(input.length);
        for (int i = 0; i < CHANGES; i++) {
            byte[] other = input.clone();
            for (int j = random.nextInt(4); j >= 0; j--) {
                // Mostly within the headers.
                other[random.nextInt(Math.min(other.length, 80))] = (byte) random.nextInt();
            }
            target.accept(other);
        }
    }
}
