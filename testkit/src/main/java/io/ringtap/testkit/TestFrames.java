/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testkit;

import io.netty.buffer.ByteBuf;

import java.nio.ByteBuffer;
import java.util.Random;

/**
 * Frames of the EtherType for local experiments (IEEE 802, 0x88b5), which no kernel sends by itself. The first 8 octets
 * of the payload are a number, and the rest depends on that number. The first octet of a frame is 0x62: the destination
 * is a locally administered address, and the frame also begins like an IPv6 header, so that a device for IP packets
 * accepts it.
 */
public final class TestFrames {
    /** IEEE Std 802: local experimental Ethertype 1. */
    public static final int ETHERTYPE = 0x88b5;
    /** Header and number. */
    public static final int MIN_LENGTH = 14 + 8;

    private TestFrames() {
    }

    /** A frame of this length. Neither its source nor its destination exists. */
    public static byte[] frame(long number, int length) {
        byte[] bytes = new byte[length];
        new Random(number).nextBytes(bytes);
        ByteBuffer.wrap(bytes).putLong(0, 0x6200_5e10_0002_0200L).putInt(8, 0x5e10_0001)
            .putShort(12, (short) ETHERTYPE).putLong(14, number);
        return bytes;
    }

    /** A frame of 60 octets, the shortest on a wire. */
    public static byte[] frame(long number) {
        return frame(number, 60);
    }

    /** Whether it is one of these frames, and not one that the kernel sends by itself. */
    public static boolean isOurs(ByteBuf frame) {
        return frame.readableBytes() >= MIN_LENGTH && frame.getUnsignedShort(frame.readerIndex() + 12) == ETHERTYPE;
    }

    /** Whether it is one of these frames, and not one that the kernel sends by itself. */
    public static boolean isOurs(byte[] frame) {
        return frame.length >= MIN_LENGTH && (ByteBuffer.wrap(frame).getShort(12) & 0xffff) == ETHERTYPE;
    }

    /** Its number. */
    public static long number(ByteBuf frame) {
        return frame.getLong(frame.readerIndex() + 14);
    }

    /** Its number. */
    public static long number(byte[] frame) {
        return ByteBuffer.wrap(frame).getLong(14);
    }
}
