/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.pcap;

import io.netty.buffer.ByteBuf;

import java.io.IOException;
import java.util.OptionalInt;

/**
 * The older format (IETF draft-ietf-opsawg-pcap): a file header, then a header of 16 bytes before each packet. What the
 * draft leaves out is read as libpcap does: versions before 2.4, and the longer headers of Kuznetzov's variant.
 */
final class PcapFormat implements PcapReader.Format {
    static final int MICROS = 0xa1b2c3d4;
    static final int NANOS = 0xa1b23c4d;
    /** Of Red Hat Linux 6.1 and 6.2: microseconds, and interface, protocol and kind behind the lengths. */
    static final int KUZNETZOV = 0xa1b2cd34;

    private static final int KUZNETZOV_FIELDS = 8;
    /** DG/UX's, with the lengths of the first versions. */
    private static final int DG_UX = 543;
    private static final int FCS_PRESENT = 0x0400_0000;
    private static final int RESERVED = 0x03ff_0000;

    private final PcapInput in;
    private final int nanosPerFraction;
    private final int moreFields;
    private final Lengths lengths;
    private final int linkType;
    private final int fcsLength;

    /** In which order a packet's header has its two lengths. */
    private enum Lengths {
        CAPTURED_FIRST, ORIGINAL_FIRST, LESSER_IS_CAPTURED
    }

    /** Knows one by its first four bytes, in its own byte order. */
    static boolean isMagic(int magic) {
        return magic == MICROS || magic == NANOS || magic == KUZNETZOV;
    }

    /** The caller has read the first four bytes and set the byte order that they tell. */
    PcapFormat(PcapInput in, int magic) throws IOException {
        this.in = in;
        nanosPerFraction = magic == NANOS ? 1 : 1000;
        moreFields = magic == KUZNETZOV ? KUZNETZOV_FIELDS : 0;
        int version = in.readInt();
        int major = in.isLittleEndian() ? version & 0xffff : version >>> 16;
        int minor = in.isLittleEndian() ? version >>> 16 : version & 0xffff;
        lengths = lengths(major, minor);
        in.skip(12, "the file header"); // time zone, accuracy, snap length: not filled in or not kept to by writers
        int type = in.readInt();
        if ((type & RESERVED) != 0) {
            throw new PcapFormatException(20, String.format("a link type of %08x, whose reserved bits are set", type));
        }
        linkType = type & 0xffff;
        // In units of two bytes.
        fcsLength = (type & FCS_PRESENT) == 0 ? 0 : (type >>> 28) * 2;
    }

    private static Lengths lengths(int major, int minor) throws PcapFormatException {
        if (major == 2 && minor <= 2 || major == DG_UX && minor == 0) {
            return Lengths.ORIGINAL_FIRST;
        }
        if (major == 2 && minor == 3) {
            // The version that changed the order; some of its writers kept the old one.
            return Lengths.LESSER_IS_CAPTURED;
        }
        if (major == 2 && minor == 4) {
            return Lengths.CAPTURED_FIRST;
        }
        throw new PcapFormatException(4, "pcap version " + major + "." + minor + "; only 2.0 to 2.4 are known");
    }

    @Override
    public OptionalInt linkType() {
        return OptionalInt.of(linkType);
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
        if (lengths == Lengths.ORIGINAL_FIRST
            || lengths == Lengths.LESSER_IS_CAPTURED && Integer.compareUnsigned(captured, original) > 0) {
            int swapped = captured;
            captured = original;
            original = swapped;
        }
        if (captured < 0 || captured > PcapReader.MAX_PACKET) {
            throw new PcapFormatException(start, "a packet of " + Integer.toUnsignedString(captured)
                + " bytes, more than the " + PcapReader.MAX_PACKET + " that are allowed");
        }
        in.skip(moreFields, "a header");
        ByteBuf data = in.readBytes(captured, "a packet");
        return new CapturedPacket(seconds * 1_000_000_000L + fraction * nanosPerFraction, data,
            PcapReader.originalLength(original, captured), fcsLength, linkType, 0, null);
    }
}
