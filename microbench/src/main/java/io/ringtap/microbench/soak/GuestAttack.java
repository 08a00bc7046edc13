/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.microbench.soak;

import io.netty.buffer.ByteBuf;
import io.ringtap.microbench.Frames;
import io.ringtap.virtio.VirtioNetHeader;

import java.util.Random;

/** The kinds of frames that the hostile guest of {@link HostileGuestSoak} sends, each with its rate. */
enum GuestAttack {
    /** Sends nothing, for comparison. */
    QUIET("nothing", 0) {
        @Override
        void write(VirtioNetHeader header, ByteBuf message, Random random) {
            throw new IllegalStateException("there is nothing to send");
        }
    },
    /** The longest super-frame of TCP, as a stream at full speed sends it, for comparison. */
    STREAM("200 super-frames/s of TCP with gso_size 1448", 200) {
        @Override
        void write(VirtioNetHeader header, ByteBuf message, Random random) {
            writeTcp(header, message, 1448);
        }
    },
    /** The same in the smallest segments that Linux allows: 8185 of them. */
    SEGMENTS("50 super-frames/s of TCP with gso_size 8", 50) {
        @Override
        void write(VirtioNetHeader header, ByteBuf message, Random random) {
            writeTcp(header, message, SMALLEST);
        }
    },
    /** Random bytes in place of the header. */
    RANDOM("5000 frames/s with random headers", 5000) {
        @Override
        void write(VirtioNetHeader header, ByteBuf message, Random random) {
            for (int i = 0; i < header.bytes(); i++) {
                message.setByte(i, random.nextInt());
            }
        }
    },
    /** Each field has a valid or an invalid value at random, so that many headers are almost valid. */
    PLAUSIBLE("5000 frames/s with headers that are nearly right", 5000) {
        @Override
        void write(VirtioNetHeader header, ByteBuf message, Random random) {
            writeTcp(header, message, random.nextInt(1 << random.nextInt(1, 17)));
            header.setFlags(message, 0, random.nextInt(8) == 0 ? random.nextInt(256) : VirtioNetHeader.NEEDS_CSUM);
            header.setGsoType(message, 0, GSO_TYPES[random.nextInt(GSO_TYPES.length)]);
            header.setHdrLen(message, 0, random.nextInt(1 << random.nextInt(1, 17)));
            if (random.nextInt(4) == 0) {
                header.setCsumStart(message, 0, random.nextInt(1 << random.nextInt(1, 17)));
            }
            if (random.nextInt(4) == 0) {
                header.setCsumOffset(message, 0, random.nextInt(1 << random.nextInt(1, 17)));
            }
        }
    };

    /** Linux's TCP_MIN_GSO_SIZE. */
    private static final int SMALLEST = 8;
    private static final int[] GSO_TYPES = {
        VirtioNetHeader.GSO_NONE, VirtioNetHeader.GSO_TCPV4, VirtioNetHeader.GSO_TCPV4, VirtioNetHeader.GSO_TCPV4,
        VirtioNetHeader.GSO_TCPV4 | VirtioNetHeader.GSO_ECN, VirtioNetHeader.GSO_TCPV6, VirtioNetHeader.GSO_UDP,
        VirtioNetHeader.GSO_UDP_L4, 2};

    private final String description;
    private final int framesPerSecond;

    GuestAttack(String description, int framesPerSecond) {
        this.description = description;
        this.framesPerSecond = framesPerSecond;
    }

    /** The name in a table. */
    String description() {
        return description;
    }

    int framesPerSecond() {
        return framesPerSecond;
    }

    /** Writes the next header in front of a packet of TCP. */
    abstract void write(VirtioNetHeader header, ByteBuf message, Random random);

    private static void writeTcp(VirtioNetHeader header, ByteBuf message, int gsoSize) {
        header.clear(message, 0);
        header.setFlags(message, 0, VirtioNetHeader.NEEDS_CSUM);
        header.setGsoType(message, 0, VirtioNetHeader.GSO_TCPV4);
        header.setHdrLen(message, 0, Frames.TCP_HEADERS);
        header.setGsoSize(message, 0, gsoSize);
        header.setCsumStart(message, 0, Frames.TCP_HEADERS - 20);
        header.setCsumOffset(message, 0, 16);
    }

    /** Whether some of the packets are to be short. */
    boolean isOfAllLengths() {
        return this == RANDOM || this == PLAUSIBLE;
    }
}
