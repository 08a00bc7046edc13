/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.virtio;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.CompositeByteBuf;

import java.util.ArrayList;
import java.util.List;

/**
 * The frames of one flow that wait to become a super-frame, oldest first. They are such that segmenting the super-frame
 * gives them back octet for octet, an IPv4 identification apart that means nothing. Reused; owns the messages it holds.
 */
final class CoalescedFlow {
    /** What IPv4's total length can say; IPv6 is held to the same. */
    private static final int MAX_PACKET = 65535;
    private static final int PSH = 0x08;
    private static final int DONT_FRAGMENT = 0x40;

    /** Of the frames, and of the super-frame. */
    private final VirtioNetHeader header;
    private final VirtioNetHeader application;
    private final List<ByteBuf> messages = new ArrayList<>();
    private long key;
    private boolean tcp;
    private int version;
    private int l3;
    private int l4;
    private int payload;
    /** Octets of payload in each frame but perhaps the last. */
    private int size;
    private int total;
    private int lastId;
    /** 0 or 1 once two frames are held, -1 before. */
    private int idStep;
    private boolean verified;
    private boolean complete;
    private int pseudo;

    CoalescedFlow(VirtioNetHeader header, VirtioNetHeader application) {
        this.header = header;
        this.application = application;
    }

    /** A number that is equal for frames of one flow, and seldom for others. */
    static long key(ByteBuf message, int frame, PacketHeaders packet) {
        long mix = (packet.protocol << 4 | packet.version) * 0x9e37_79b9_7f4a_7c15L
            + message.getUnsignedInt(frame + packet.l4);
        int from = frame + packet.l3 + (packet.version == 4 ? 12 : 8);
        int to = frame + packet.l3 + (packet.version == 4 ? 20 : 40);
        for (int at = from; at < to; at += 8) {
            mix = Long.rotateLeft(mix ^ message.getLong(at), 29) * 0x9e37_79b9_7f4a_7c15L;
        }
        return mix;
    }

    /** Whether a frame is of this flow: the same Ethernet header and tags, if any, addresses, protocol and ports. */
    boolean isSame(long key, ByteBuf message, PacketHeaders packet) {
        int addresses = version == 4 ? 12 : 8;
        return key == this.key && packet.version == version && packet.l3 == l3
            && packet.protocol == (tcp ? PacketHeaders.PROTOCOL_TCP : PacketHeaders.PROTOCOL_UDP)
            && equal(message, 0, l3) && equal(message, l3 + addresses, version == 4 ? 8 : 32)
            && ByteBufUtil.equals(message, frame(message) + packet.l4, first(), frame(first()) + l4, 4);
    }

    /** Begins with a frame. */
    void start(long key, ByteBuf message, PacketHeaders packet, int payload) {
        this.key = key;
        tcp = packet.protocol == PacketHeaders.PROTOCOL_TCP;
        version = packet.version;
        l3 = packet.l3;
        l4 = packet.l4;
        this.payload = payload;
        size = packet.end - payload;
        total = 0;
        idStep = -1;
        verified = false;
        pseudo = packet.pseudoHeader(message, frame(message), 0);
        hold(message, packet);
    }

    private void hold(ByteBuf message, PacketHeaders packet) {
        int length = packet.end - payload;
        total += length;
        lastId = message.getUnsignedShort(frame(message) + l3 + 4);
        complete = length < size || tcp && (tcpFlags(message) & PSH) != 0
            || !tcp && messages.size() + 1 == VirtioNetHeaderValidator.MAX_UDP_SEGMENTS;
        // Ethernet padding is no payload, but a frame that stays alone keeps it.
        messages.add(message);
    }

    /** Whether nothing can follow: the last frame was short, or had PSH, or the number of segments is reached. */
    boolean isComplete() {
        return complete;
    }

    /** Whether a frame of this flow continues it. */
    boolean isContinuedBy(ByteBuf message, PacketHeaders packet, int payload) {
        int length = packet.end - payload;
        return !complete && payload == this.payload && packet.l4 == l4 && length <= size
            && payload - l3 + total + length <= MAX_PACKET
            && (version == 4 ? isSame4(message) : equal(message, l3, 4) && equal(message, l3 + 6, 2))
            && (!tcp || isNext(message));
    }

    /** Identification counts up, or, where it means nothing because DF is set (RFC 6864), stays. */
    private boolean isSame4(ByteBuf message) {
        if (!equal(message, l3, 2) || !equal(message, l3 + 6, 4)) {
            return false;
        }
        int step = message.getUnsignedShort(frame(message) + l3 + 4) - lastId & 0xffff;
        return idStep >= 0 ? step == idStep
            : step == 1 || step == 0 && (message.getByte(frame(message) + l3 + 6) & DONT_FRAGMENT) != 0;
    }

    private boolean isNext(ByteBuf message) {
        int sequence = first().getInt(frame(first()) + l4 + 4) + total;
        return message.getInt(frame(message) + l4 + 4) == sequence
            && equal(message, l4 + 8, 5) && equal(message, l4 + 14, 2) && equal(message, l4 + 18, payload - l4 - 18);
    }

    /** Whether the checksums of the frame that began the flow are right; computed once. */
    boolean verify(PacketHeaders packet) {
        if (!verified) {
            ByteBuf message = first();
            packet.parse(message, frame(message), message.readableBytes() - header.bytes());
            verified = isRight(header, message, packet);
        }
        return verified;
    }

    /** Whether the checksums of a frame are right, the transport's being so too if it is yet to be completed. */
    static boolean isRight(VirtioNetHeader header, ByteBuf message, PacketHeaders packet) {
        int index = message.readerIndex();
        int frame = index + header.bytes();
        if (packet.version == 4
            && InternetChecksum.sum(message, frame + packet.l3, packet.l4 - packet.l3) != 0xffff) {
            return false;
        }
        if ((header.flagsIfAny(message, index) & (VirtioNetHeader.NEEDS_CSUM | VirtioNetHeader.DATA_VALID)) != 0) {
            return true;
        }
        int length = packet.transportLength();
        int sum = InternetChecksum.sum(message, frame + packet.l4, length);
        return InternetChecksum.add(sum, packet.pseudoHeader(message, frame, length)) == 0xffff;
    }

    /** Adds a frame that {@link #isContinuedBy} let pass. */
    void append(ByteBuf message, PacketHeaders packet) {
        if (version == 4) {
            idStep = message.getUnsignedShort(frame(message) + l3 + 4) - lastId & 0xffff;
        }
        hold(message, packet);
    }

    /** How many frames are held. */
    int count() {
        return messages.size();
    }

    /** Gives away the only frame, or the super-frame; nothing is held afterwards. */
    ByteBuf take(ByteBufAllocator alloc) {
        if (messages.size() == 1) {
            return VirtioNetHeaderHandler.convert(alloc, messages.remove(0), header, application);
        }
        CompositeByteBuf superFrame = null;
        boolean built = false;
        try {
            superFrame = alloc.compositeBuffer(messages.size() + 1);
            superFrame.addComponent(true, buildHead(alloc));
            int left = total;
            for (int i = 0; i < messages.size(); i++) {
                ByteBuf message = messages.get(i);
                int length = Math.min(size, left);
                left -= length;
                message.skipBytes(header.bytes() + payload);
                messages.set(i, null);
                superFrame.addComponent(true, message.writerIndex(message.readerIndex() + length));
            }
            built = true;
            return superFrame;
        } finally {
            if (!built) {
                release();
                if (superFrame != null) {
                    superFrame.release();
                }
            }
            messages.clear();
        }
    }

    private ByteBuf buildHead(ByteBufAllocator alloc) {
        ByteBuf first = first();
        ByteBuf head = alloc.directBuffer(application.bytes() + payload);
        header.convert(first, first.readerIndex(), application, head, 0);
        application.setFlags(head, 0, VirtioNetHeader.NEEDS_CSUM);
        application.setGsoType(head, 0, gsoType());
        application.setGsoSize(head, 0, size);
        application.setHdrLen(head, 0, payload);
        application.setCsumStart(head, 0, l4);
        application.setCsumOffset(head, 0, tcp ? PacketHeaders.TCP_CSUM_OFFSET : PacketHeaders.UDP_CSUM_OFFSET);
        head.writerIndex(application.bytes()).writeBytes(first, frame(first), payload);
        int at = application.bytes();
        int length = payload - l4 + total;
        if (version == 4) {
            GsoSegments.finish4(head, at + l3, l4 - l3, l4 - l3 + length, head.getUnsignedShort(at + l3 + 4),
                head.getUnsignedShort(at + l3 + 6));
        } else {
            head.setShort(at + l3 + 4, length);
        }
        int sum = InternetChecksum.add(pseudo, length);
        if (tcp) {
            ByteBuf last = messages.get(messages.size() - 1);
            head.setByte(at + l4 + 13, tcpFlags(first) | tcpFlags(last));
            head.setShort(at + l4 + PacketHeaders.TCP_CSUM_OFFSET, sum);
        } else {
            head.setShort(at + l4 + 4, length);
            head.setShort(at + l4 + PacketHeaders.UDP_CSUM_OFFSET, sum);
        }
        return head;
    }

    private int gsoType() {
        if (!tcp) {
            return VirtioNetHeader.GSO_UDP_L4;
        }
        return version == 4 ? VirtioNetHeader.GSO_TCPV4 : VirtioNetHeader.GSO_TCPV6;
    }

    private void release() {
        for (ByteBuf message : messages) {
            if (message != null) {
                message.release();
            }
        }
    }

    private boolean equal(ByteBuf message, int offset, int length) {
        return ByteBufUtil.equals(message, frame(message) + offset, first(), frame(first()) + offset, length);
    }

    private int tcpFlags(ByteBuf message) {
        return message.getUnsignedByte(frame(message) + l4 + 13);
    }

    private ByteBuf first() {
        return messages.get(0);
    }

    private int frame(ByteBuf message) {
        return message.readerIndex() + header.bytes();
    }
}
