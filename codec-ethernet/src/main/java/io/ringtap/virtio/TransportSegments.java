/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.virtio;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/**
 * TSO4, TSO6 and USO: every segment is a packet of its own, with all the headers. IPv4 identification counts up; TCP's
 * sequence number moves on, FIN and PSH stay with the last segment, CWR with the first (RFC 3168, section 6.1.2).
 */
final class TransportSegments extends GsoSegments {
    private static final int FIN_PSH = 0x09;
    private static final int CWR = 0x80;

    private final boolean tcp;
    private final boolean partial;
    private final int payload;
    private final int size;
    private final int count;
    /** The sum of the pseudo-header without the length. */
    private final int pseudo;

    TransportSegments(ByteBuf message, VirtioNetHeader header, PacketHeaders packet, boolean partial) {
        super(message, header, packet);
        this.partial = partial;
        tcp = packet.protocol == PacketHeaders.PROTOCOL_TCP;
        payload = packet.payload(message, frame);
        size = header.gsoSize(message, message.readerIndex());
        count = Math.max(1, (end - payload + size - 1) / size);
        pseudo = packet.pseudoHeader(message, frame, 0);
    }

    @Override
    int count() {
        return count;
    }

    @Override
    int longest() {
        return payload + Math.min(size, end - payload);
    }

    @Override
    ByteBuf next(ByteBufAllocator alloc) {
        int from = payload + made * size;
        int length = Math.min(size, end - from);
        ByteBuf head = allocateHead(alloc, payload, length);
        head.writeBytes(message, frame, payload);
        int at = headFrame();
        int total = payload - l3 + length;
        if (version == 4) {
            int id = head.getUnsignedShort(at + l3 + 4) + made;
            finish4(head, at + l3, l4 - l3, total, id, head.getUnsignedShort(at + l3 + 6));
        } else {
            head.setShort(at + l3 + 4, total - PacketHeaders.IPV6);
        }
        finishTransport(head, at + l4, payload - l4 + length, frame + from, length);
        made++;
        return length == 0 ? head : NewHead.join(alloc, head, share(from, length));
    }

    private void finishTransport(ByteBuf head, int at, int transportLength, int from, int length) {
        int csumOffset;
        if (tcp) {
            csumOffset = PacketHeaders.TCP_CSUM_OFFSET;
            head.setInt(at + 4, head.getInt(at + 4) + made * size);
            int flags = head.getUnsignedByte(at + 13);
            head.setByte(at + 13, flags & ~((made < count - 1 ? FIN_PSH : 0) | (made > 0 ? CWR : 0)));
        } else {
            csumOffset = PacketHeaders.UDP_CSUM_OFFSET;
            head.setShort(at + 4, transportLength);
        }
        int sum = InternetChecksum.add(pseudo, transportLength);
        if (partial) {
            head.setShort(at + csumOffset, sum);
            askForChecksum(head, l4, csumOffset);
        } else {
            head.setShort(at + csumOffset, 0);
            sum = InternetChecksum.add(sum, InternetChecksum.sum(head, at, payload - l4));
            sum = InternetChecksum.add(sum, InternetChecksum.sum(message, from, length));
            head.setShort(at + csumOffset, ChecksumCompletion.field(sum, csumOffset));
        }
    }
}
