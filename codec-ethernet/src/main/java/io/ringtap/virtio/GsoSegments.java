/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.virtio;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/**
 * The segments of one super-frame, made one after the other. Their headers are new; their payload is shared with the
 * super-frame, which is not written to and has to live until the last segment is made. The super-frame must have been
 * found valid, with a gso_type.
 */
abstract class GsoSegments {
    final ByteBuf message;
    /** Where the frame begins in the message. */
    final int frame;
    final int version;
    final int l3;
    final int l4;
    final int end;
    int made;
    private final VirtioNetHeader header;
    private final int index;

    GsoSegments(ByteBuf message, VirtioNetHeader header, PacketHeaders packet) {
        this.message = message;
        this.header = header;
        index = message.readerIndex();
        frame = index + header.bytes();
        version = packet.version;
        l3 = packet.l3;
        l4 = packet.l4;
        end = packet.end;
    }

    /**
     * Begins on a super-frame.
     *
     * @param packet its headers, needed during this call only
     * @param partial whether to leave the checksum of each segment to be completed
     */
    static GsoSegments of(ByteBuf message, VirtioNetHeader header, PacketHeaders packet, boolean partial) {
        return header.gsoType(message, message.readerIndex()) == VirtioNetHeader.GSO_UDP
            ? new IpFragments(message, header, packet) : new TransportSegments(message, header, packet, partial);
    }

    /** How many frames there are, 1 at least. */
    abstract int count();

    /** How many octets the longest of them has, without the virtio-net header. */
    abstract int longest();

    /** Makes the next frame, header in front. */
    abstract ByteBuf next(ByteBufAllocator alloc);

    final boolean hasNext() {
        return made < count();
    }

    /** A buffer for a head of so many octets behind a virtio-net header that asks for nothing. */
    final ByteBuf allocateHead(ByteBufAllocator alloc, int octets, int payload) {
        ByteBuf head = NewHead.allocate(alloc, header.bytes() + octets, payload);
        header.convert(message, index, header, head, 0);
        header.setFlags(head, 0, 0);
        header.setGsoType(head, 0, VirtioNetHeader.GSO_NONE);
        header.setHdrLen(head, 0, 0);
        header.setGsoSize(head, 0, 0);
        header.setCsumStart(head, 0, 0);
        header.setCsumOffset(head, 0, 0);
        head.writerIndex(header.bytes());
        return head;
    }

    final void askForChecksum(ByteBuf head, int start, int offset) {
        header.setFlags(head, 0, VirtioNetHeader.NEEDS_CSUM);
        header.setCsumStart(head, 0, start);
        header.setCsumOffset(head, 0, offset);
    }

    /** Where the frame begins in a head. */
    final int headFrame() {
        return header.bytes();
    }

    /** The payload of the super-frame from an offset on. */
    final ByteBuf share(int from, int length) {
        return message.retainedSlice(frame + from, length);
    }

    /** Writes the length, identification, fragment field and checksum of the IPv4 header in a head. */
    static void finish4(ByteBuf head, int at, int length, int total, int id, int fragment) {
        head.setShort(at + 2, total);
        head.setShort(at + 4, id);
        head.setShort(at + 6, fragment);
        head.setShort(at + 10, 0);
        head.setShort(at + 10, InternetChecksum.checksum(head, at, length));
    }
}
