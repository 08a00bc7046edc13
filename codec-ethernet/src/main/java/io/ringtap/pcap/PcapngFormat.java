/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.pcap;

import io.netty.buffer.ByteBuf;
import io.ringtap.ethernet.FrameDirection;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * The newer format (IETF draft-ietf-opsawg-pcapng): blocks, of which those with packets and what they need are read and
 * all others skipped. Each section may have another byte order.
 */
final class PcapngFormat implements PcapReader.Format {
    /** Wireshark's bound. */
    private static final int MAX_BLOCK = 16 << 20;
    /** The older packet block can name no more. Without a bound a file of descriptions would take all memory. */
    private static final int MAX_INTERFACES = 1 << 16;

    private final PcapInput in;
    private final List<Interface> interfaces = new ArrayList<>();
    private boolean typeRead = true;

    private record Interface(int linkType, long snapLength, PcapngTime time, int fcsLength) {
    }

    /** The caller has read the first block's type. */
    PcapngFormat(PcapInput in) {
        this.in = in;
    }

    @Override
    public OptionalInt linkType() {
        // An interface may be described at any place of the file.
        return OptionalInt.empty();
    }

    @Override
    public CapturedPacket next() throws IOException {
        for (;;) {
            long start = in.offset();
            if (typeRead) {
                typeRead = false;
                start = 0;
            } else if (in.atEnd()) {
                return null;
            }
            // The type of a section header reads the same in both orders.
            int type = in.word();
            if (type == PcapngBlocks.SECTION_HEADER) {
                readSection(start);
                continue;
            }
            long length = checkedLength(start, in.readInt() & 0xffff_ffffL);
            switch (type) {
                case PcapngBlocks.INTERFACE_DESCRIPTION, PcapngBlocks.ENHANCED_PACKET, PcapngBlocks.SIMPLE_PACKET,
                    PcapngBlocks.OBSOLETE_PACKET -> {
                    CapturedPacket packet = readBlock(start, type, length);
                    if (packet != null) {
                        return packet;
                    }
                }
                default -> {
                    in.skip(length - 12, "a block");
                    checkTrailer(start, length);
                }
            }
        }
    }

    private CapturedPacket readBlock(long start, int type, long length) throws IOException {
        if (length > MAX_BLOCK) {
            throw new PcapFormatException(start, "a block of " + length + " bytes");
        }
        ByteBuf body = in.readBytes((int) length - 12, "a block");
        CapturedPacket packet = null;
        try {
            checkTrailer(start, length);
            switch (type) {
                case PcapngBlocks.INTERFACE_DESCRIPTION -> addInterface(start, body);
                case PcapngBlocks.SIMPLE_PACKET -> packet = readSimple(start, body);
                default -> packet = readPacket(start, body, type == PcapngBlocks.OBSOLETE_PACKET);
            }
            return packet;
        } finally {
            // A packet's data is a part of the body and keeps it.
            if (packet == null) {
                body.release();
            }
        }
    }

    private void readSection(long start) throws IOException {
        in.littleEndian(false);
        int length = in.readInt();
        int magic = in.readInt();
        if (magic == Integer.reverseBytes(PcapngBlocks.BYTE_ORDER_MAGIC)) {
            in.littleEndian(true);
            length = Integer.reverseBytes(length);
        } else if (magic != PcapngBlocks.BYTE_ORDER_MAGIC) {
            throw new PcapFormatException(start, String.format("no byte order: %08x instead of 1a2b3c4d", magic));
        }
        long checked = checkedLength(start, length & 0xffff_ffffL);
        if (checked < 28) {
            throw new PcapFormatException(start, "a section header of " + checked + " bytes");
        }
        int version = in.readInt();
        int major = in.isLittleEndian() ? version & 0xffff : version >>> 16;
        if (major != 1) {
            throw new PcapFormatException(start, "pcapng version " + major + "; only 1 is known");
        }
        in.skip(checked - 20, "a section header");
        checkTrailer(start, checked);
        interfaces.clear();
    }

    private void addInterface(long start, ByteBuf body) throws IOException {
        if (interfaces.size() == MAX_INTERFACES) {
            throw new PcapFormatException(start, "more than " + MAX_INTERFACES + " interfaces in a section");
        }
        interfaces.add(readInterface(start, body));
    }

    private Interface readInterface(long start, ByteBuf body) throws IOException {
        require(start, body, 8, "interface description");
        PcapngTime time = new PcapngTime();
        int fcsLength = 0;
        for (int at = 8; hasOption(start, body, at); at = nextOption(body, at)) {
            int code = in.unsignedShort(body, at);
            int length = in.unsignedShort(body, at + 2);
            if (code == PcapngBlocks.OPTION_IF_TSRESOL && length == 1) {
                time = time.withResolution(start, body.getUnsignedByte(at + 4));
            } else if (code == PcapngBlocks.OPTION_IF_TSOFFSET && length == 8) {
                time = time.withOffset(in.getLong(body, at + 4));
            } else if (code == PcapngBlocks.OPTION_IF_FCSLEN && length == 1) {
                fcsLength = fcsBytes(body.getUnsignedByte(at + 4));
            }
        }
        return new Interface(in.unsignedShort(body, 0), in.getInt(body, 4) & 0xffff_ffffL, time,
            fcsLength);
    }

    /** The draft counts bits, while its example and Wireshark count bytes: whole bytes of bits there are from 8 on. */
    private static int fcsBytes(int bitsOrBytes) {
        return bitsOrBytes < 8 ? bitsOrBytes : bitsOrBytes % 8 == 0 ? bitsOrBytes / 8 : 0;
    }

    private CapturedPacket readPacket(long start, ByteBuf body, boolean obsolete) throws IOException {
        require(start, body, 20, "packet");
        int id = obsolete ? in.unsignedShort(body, 0) : in.getInt(body, 0);
        Interface described = interfaceOf(start, id);
        long ticks = (long) in.getInt(body, 4) << 32 | in.getInt(body, 8) & 0xffff_ffffL;
        int captured = checkedCaptured(start, in.getInt(body, 12), body.readableBytes() - 20);
        FrameDirection direction = null;
        int fcsLength = described.fcsLength();
        for (int at = 20 + PcapngBlocks.padded(captured); hasOption(start, body, at); at = nextOption(body, at)) {
            if (in.unsignedShort(body, at) == PcapngBlocks.OPTION_EPB_FLAGS && in.unsignedShort(body, at + 2) == 4) {
                int flags = in.getInt(body, at + 4);
                direction = switch (flags & 3) {
                    case 1 -> FrameDirection.INBOUND;
                    case 2 -> FrameDirection.OUTBOUND;
                    default -> null;
                };
                int fcsOfPacket = flags >>> 5 & 15;
                fcsLength = fcsOfPacket == 0 ? fcsLength : fcsOfPacket;
            }
        }
        long nanos = described.time().nanos(start, ticks);
        return new CapturedPacket(nanos, body.slice(20, captured),
            PcapReader.originalLength(in.getInt(body, 16), captured), fcsLength, described.linkType(), id,
            direction);
    }

    private CapturedPacket readSimple(long start, ByteBuf body) throws IOException {
        require(start, body, 4, "simple packet");
        Interface described = interfaceOf(start, 0);
        long original = in.getInt(body, 0) & 0xffff_ffffL;
        long kept = described.snapLength() == 0 ? original : Math.min(original, described.snapLength());
        int captured = checkedCaptured(start, (int) Math.min(kept, Integer.MAX_VALUE), body.readableBytes() - 4);
        return new CapturedPacket(CapturedPacket.NO_TIMESTAMP, body.slice(4, captured),
            PcapReader.originalLength((int) original, captured), described.fcsLength(), described.linkType(), 0,
            null);
    }

    private Interface interfaceOf(long start, int id) throws PcapFormatException {
        if (id < 0 || id >= interfaces.size()) {
            throw new PcapFormatException(start, "a packet of interface " + Integer.toUnsignedString(id)
                + ", and " + interfaces.size() + " are described");
        }
        return interfaces.get(id);
    }

    private static int checkedCaptured(long start, int captured, int room) throws PcapFormatException {
        if (captured < 0 || captured > room || captured > PcapReader.MAX_PACKET) {
            throw new PcapFormatException(start, "a packet of " + Integer.toUnsignedString(captured)
                + " bytes in a block with room for " + Math.min(room, PcapReader.MAX_PACKET));
        }
        return captured;
    }

    private static void require(long start, ByteBuf body, int length, String what) throws PcapFormatException {
        if (body.readableBytes() < length) {
            throw new PcapFormatException(start, "the " + what + " block is too short");
        }
    }

    private boolean hasOption(long start, ByteBuf body, int at) throws PcapFormatException {
        int left = body.readableBytes() - at;
        if (left < 4 || in.unsignedShort(body, at) == PcapngBlocks.OPTION_END) {
            return false;
        }
        if (left - 4 < in.unsignedShort(body, at + 2)) {
            throw new PcapFormatException(start, "an option is longer than its block");
        }
        return true;
    }

    private int nextOption(ByteBuf body, int at) {
        return at + 4 + PcapngBlocks.padded(in.unsignedShort(body, at + 2));
    }

    private static long checkedLength(long start, long length) throws PcapFormatException {
        if (length < 12 || length % 4 != 0) {
            throw new PcapFormatException(start, "a block length of " + length
                + ", which is below 12 or no multiple of 4");
        }
        return length;
    }

    private void checkTrailer(long start, long length) throws IOException {
        long trailer = in.readInt() & 0xffff_ffffL;
        if (trailer != length) {
            throw new PcapFormatException(start, "a block of length " + length + " at its beginning and " + trailer
                + " at its end");
        }
    }
}
