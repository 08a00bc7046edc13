/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.pcap;

import io.netty.buffer.ByteBuf;
import io.ringtap.ethernet.FrameDirection;

import java.nio.charset.StandardCharsets;

/**
 * The blocks of a pcapng file, little-endian, times in nanoseconds since 1970 (IETF draft-ietf-opsawg-pcapng, sections
 * 4.1 to 4.6). Every block is its type, its length, a body, and its length again, all in multiples of four bytes.
 */
final class PcapngBlocks {
    static final int SECTION_HEADER = 0x0a0d0d0a;
    static final int INTERFACE_DESCRIPTION = 1;
    static final int OBSOLETE_PACKET = 2;
    static final int SIMPLE_PACKET = 3;
    static final int INTERFACE_STATISTICS = 5;
    static final int ENHANCED_PACKET = 6;
    static final int BYTE_ORDER_MAGIC = 0x1a2b3c4d;

    /** Length of an enhanced packet block with flags, without the packet. */
    static final int PACKET_OVERHEAD = 44;
    private static final int PACKET_INTERFACE_OFFSET = 8;

    static final int OPTION_END = 0;
    static final int OPTION_IF_NAME = 2;
    static final int OPTION_IF_TSRESOL = 9;
    static final int OPTION_IF_FCSLEN = 13;
    static final int OPTION_IF_TSOFFSET = 14;
    static final int OPTION_EPB_FLAGS = 2;

    private static final int OPTION_SHB_USERAPPL = 4;
    private static final int OPTION_ISB_IFRECV = 4;
    private static final int OPTION_ISB_IFDROP = 5;
    private static final int OPTION_ISB_OSDROP = 7;
    private static final int NANOSECONDS = 9;

    private PcapngBlocks() {
    }

    static void writeSectionHeader(ByteBuf out) {
        int start = begin(out, SECTION_HEADER);
        out.writeIntLE(BYTE_ORDER_MAGIC).writeShortLE(1).writeShortLE(0);
        out.writeLongLE(-1); // the length of the section: not known yet
        writeText(out, OPTION_SHB_USERAPPL, "Ringtap");
        end(out, start);
    }

    static void writeInterface(ByteBuf out, String name, int linkType, int snapLength) {
        int start = begin(out, INTERFACE_DESCRIPTION);
        out.writeShortLE(linkType).writeShortLE(0).writeIntLE(snapLength);
        writeText(out, OPTION_IF_NAME, name);
        out.writeShortLE(OPTION_IF_TSRESOL).writeShortLE(1).writeByte(NANOSECONDS).writeZero(3);
        end(out, start);
    }

    static void writePacket(ByteBuf out, int interfaceId, long nanos, FrameDirection direction, ByteBuf frame,
                            int index, int length, int captured) {
        int start = out.writerIndex();
        out.writeIntLE(ENHANCED_PACKET).writeIntLE(PACKET_OVERHEAD + padded(captured));
        out.writeIntLE(interfaceId);
        writeTime(out, nanos);
        out.writeIntLE(captured).writeIntLE(length);
        out.writeBytes(frame, index, captured).writeZero(padded(captured) - captured);
        out.writeShortLE(OPTION_EPB_FLAGS).writeShortLE(4).writeIntLE(direction == FrameDirection.INBOUND ? 1 : 2);
        out.writeIntLE(OPTION_END);
        out.writeIntLE(out.writerIndex() - start + 4);
    }

    /** The system's drops are left out if they are below 0. */
    static void writeStatistics(ByteBuf out, int interfaceId, long nanos, long received, long dropped,
                                long systemDrops) {
        int start = begin(out, INTERFACE_STATISTICS);
        out.writeIntLE(interfaceId);
        writeTime(out, nanos);
        out.writeShortLE(OPTION_ISB_IFRECV).writeShortLE(8).writeLongLE(received);
        out.writeShortLE(OPTION_ISB_IFDROP).writeShortLE(8).writeLongLE(dropped);
        if (systemDrops >= 0) {
            out.writeShortLE(OPTION_ISB_OSDROP).writeShortLE(8).writeLongLE(systemDrops);
        }
        end(out, start);
    }

    /** Of the block that begins there, with all that belongs to it. */
    static int length(ByteBuf buf, int at) {
        return buf.getIntLE(at + 4);
    }

    /** Whether a block was made by {@link #writePacket}. */
    static boolean isPacket(ByteBuf buf, int at) {
        return buf.getIntLE(at) == ENHANCED_PACKET;
    }

    /** The interface of a packet's block. */
    static int packetInterface(ByteBuf buf, int at) {
        return buf.getIntLE(at + PACKET_INTERFACE_OFFSET);
    }

    /** When a packet of a block that was made by {@link #writePacket} was captured, in nanoseconds since 1970. */
    static long packetNanos(ByteBuf buf, int at) {
        int time = at + PACKET_INTERFACE_OFFSET + Integer.BYTES;
        return (long) buf.getIntLE(time) << 32 | buf.getIntLE(time + Integer.BYTES) & 0xffff_ffffL;
    }

    static int padded(int length) {
        return length + 3 & ~3;
    }

    private static int begin(ByteBuf out, int type) {
        int start = out.writerIndex();
        out.writeIntLE(type).writeIntLE(0);
        return start;
    }

    private static void end(ByteBuf out, int start) {
        out.writeIntLE(OPTION_END);
        int length = out.writerIndex() - start + 4;
        out.writeIntLE(length).setIntLE(start + 4, length);
    }

    private static void writeTime(ByteBuf out, long nanos) {
        out.writeIntLE((int) (nanos >>> 32)).writeIntLE((int) nanos);
    }

    private static void writeText(ByteBuf out, int option, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.writeShortLE(option).writeShortLE(bytes.length).writeBytes(bytes).writeZero(padded(bytes.length)
            - bytes.length);
    }
}
