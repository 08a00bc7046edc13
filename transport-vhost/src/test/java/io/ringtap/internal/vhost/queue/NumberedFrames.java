/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vhost.queue;

import io.netty.buffer.ByteBuf;

import static org.assertj.core.api.Assertions.assertThat;

/** Frames of which each octet follows from the number of the frame and from its place, behind any vnet header. */
final class NumberedFrames {
    private NumberedFrames() {
    }

    /** A length from 14 to so many bytes, which goes through all of them as the numbers go up. */
    static int length(int number, int longest) {
        return NetHeader.ETHERNET + (int) (number * 2654435761L % (longest - NetHeader.ETHERNET + 1) & 0x7fffffff)
            % (longest - NetHeader.ETHERNET + 1);
    }

    private static byte octet(int number, int at) {
        return (byte) (number * 31 + at * 7 + (at >> 8));
    }

    /** The header's first ten octets go from one end to the other. */
    static ByteBuf put(ByteBuf to, int header, int number, int length) {
        to.clear();
        for (int i = 0; i < Math.min(header, NetHeader.COMMON); i++) {
            to.writeByte(octet(number, 3 * i));
        }
        // Those of num_buffers are replaced.
        to.writeZero(Math.max(0, header - NetHeader.COMMON));
        for (int i = 0; i < length; i++) {
            to.writeByte(octet(number, i));
        }
        return to;
    }

    /** A frame that was read; its header is that of the writer, or zeroes if that has none. */
    static void check(ByteBuf frame, int header, int writersHeader, int number, int length) {
        assertThat(frame.readableBytes()).as("length of frame %d", number).isEqualTo(header + length);
        for (int i = 0; i < Math.min(header, NetHeader.COMMON); i++) {
            byte expected = writersHeader == 0 ? 0 : octet(number, 3 * i);
            if (frame.getByte(i) != expected) {
                assertThat(frame.getByte(i)).as("octet %d of the header of frame %d", i, number).isEqualTo(expected);
            }
        }
        if (header == 12) {
            assertThat(frame.getShortLE(NetHeader.NUM_BUFFERS)).isEqualTo((short) 1);
        }
        for (int i = 0; i < length; i++) {
            if (frame.getByte(header + i) != octet(number, i)) {
                assertThat(frame.getByte(header + i)).as("octet %d of frame %d", i, number)
                    .isEqualTo(octet(number, i));
            }
        }
    }
}
