/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.virtio;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

import java.util.concurrent.ThreadLocalRandom;

/**
 * UFO: one UDP datagram whose checksum is completed over the whole, cut by IP into fragments of the same
 * identification. Only the first has the UDP header (RFC 791, section 3.2; RFC 8200, section 4.5). A datagram that
 * fits is not cut.
 */
final class IpFragments extends GsoSegments {
    private static final int MORE = 0x2000;
    private static final int FRAGMENT = 44;
    private static final int FRAGMENT_HEADER = 8;

    /** Where the part begins that is cut. */
    private final int cut;
    private final int name;
    private final int unit;
    private final int count;
    /** The pseudo-header's sum. */
    private final int pseudo;
    private final int id6;

    IpFragments(ByteBuf message, VirtioNetHeader header, PacketHeaders packet) {
        super(message, header, packet);
        cut = cut(packet);
        name = packet.fragmentableName;
        unit = header.gsoSize(message, message.readerIndex()) & ~7;
        count = (end - cut + unit - 1) / unit;
        id6 = version == 6 && count > 1 ? ThreadLocalRandom.current().nextInt() : 0;

        pseudo = packet.pseudoHeader(message, frame, packet.transportLength());
    }

    private int checksum() {
        int field = message.getUnsignedShort(frame + l4 + PacketHeaders.UDP_CSUM_OFFSET);
        int sum = InternetChecksum.add(pseudo, InternetChecksum.sum(message, frame + l4, end - l4));
        return ChecksumCompletion.field(
            InternetChecksum.add(sum, ~field & 0xffff), PacketHeaders.UDP_CSUM_OFFSET);
    }

    /** Whether the first fragment can hold the whole UDP header, in which the checksum lies. */
    static boolean isPossible(PacketHeaders packet, int gsoSize) {
        return (gsoSize & ~7) >= packet.l4 + PacketHeaders.UDP - cut(packet);
    }

    /** Where the part begins that is cut. */
    static int cut(PacketHeaders packet) {
        return packet.version == 4 ? packet.l4 : packet.fragmentable;
    }

    @Override
    int count() {
        return count;
    }

    @Override
    int longest() {
        return cut + FRAGMENT_HEADER + Math.min(unit, end - cut);
    }

    @Override
    ByteBuf next(ByteBufAllocator alloc) {
        int offset = made * unit;
        int from = cut + offset;
        int length = Math.min(unit, end - from);
        // The octets from here to the end of the UDP header are copied, for its checksum.
        int copied = made == 0 ? l4 + PacketHeaders.UDP - cut : 0;
        int inserted = version == 6 && count > 1 ? FRAGMENT_HEADER : 0;
        ByteBuf head = allocateHead(alloc, cut + inserted + copied, length - copied);
        head.writeBytes(message, frame, cut);
        int at = headFrame();
        boolean more = made < count - 1;
        if (version == 4) {
            int fragment = count == 1 ? head.getUnsignedShort(at + l3 + 6) : offset >>> 3 | (more ? MORE : 0);
            finish4(head, at + l3, cut - l3, cut - l3 + length, head.getUnsignedShort(at + l3 + 4), fragment);
        } else {
            head.setShort(at + l3 + 4, cut + inserted - l3 - PacketHeaders.IPV6 + length);
            if (inserted > 0) {
                head.writeByte(head.getByte(at + name)).writeByte(0).writeShort(offset | (more ? 1 : 0)).writeInt(id6);
                head.setByte(at + name, FRAGMENT);
            }
        }
        if (copied > 0) {
            head.writeBytes(message, frame + cut, copied);
            head.setShort(head.writerIndex() - 2, checksum());
        }
        made++;
        return length == copied ? head : NewHead.join(alloc, head, share(from + copied, length - copied));
    }
}
