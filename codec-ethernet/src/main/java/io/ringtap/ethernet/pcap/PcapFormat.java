/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.ethernet.pcap;

import io.netty.buffer.ByteBuf;

import java.io.IOException;

/** The older format (IETF draft-ietf-opsawg-pcap): a file header, then a header of 16 bytes before each packet. */
final class PcapFormat implements PcapReader.Format {
    private final PcapInput in;
    private final int nanosPerFraction;
    private final int linkType;

    PcapFormat(PcapInput in, boolean nanos) throws IOException {
        this.in = in;
        nanosPerFraction = nanos ? 1 : 1000;
        int version = in.readInt();
        int major = in.isLittleEndian() ? version & 0xffff : version >>> 16;
        if (major != 2) {
            throw new PcapFormatException(4, "pcap version " + major + "; only 2 is known");
        }
        in.skip(12, "the file header"); // time zone, accuracy, snap length: nobody fills or keeps to them
        // The upper bits tell about a frame check sequence.
        linkType = in.readInt() & 0xffff;
    }

    @Override
    public CapturedPacket next() throws IOException {
        long start = in.offset();
        if (in.atEnd()) {
            return null;
        }
        long seconds = in.word() & 0xffff_ffffL;
        long fraction = in.readInt() & 0xffff_ffffL;
        int captured = in.readInt();
        int original = in.readInt();
        if (captured < 0 || captured > PcapReader.MAX_PACKET) {
            throw new PcapFormatException(start, "a packet of " + Integer.toUnsignedString(captured)
                + " bytes, more than the " + PcapReader.MAX_PACKET + " that are allowed");
        }
        ByteBuf data = in.readBytes(captured, "a packet");
        return new CapturedPacket(seconds * 1_000_000_000L + fraction * nanosPerFraction, data,
            Math.max(original, captured), linkType, 0, null);
    }
}
