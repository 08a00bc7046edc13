/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.virtio;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/**
 * The frames of one flow that wait to become a super-frame, oldest first. Segmenting the super-frame gives the same
 * frames again, octet for octet, except for an IPv4 identification that has no meaning. An instance is reused, and owns
 * the frames that it holds.
 *
 * <p>The super-frame begins with the second frame. Payloads are copied into one buffer: the buffers of the frames are
 * free for the next frames at once, while they are in the cache of the processor, and the device gets one piece of
 * memory instead of one for each frame.
 */
final class CoalescedFlow {
    /** The longest total length of IPv4; applied to IPv6 as well. */
    private static final int MAX_PACKET = 65535;
    private static final int PSH = 0x08;
    private static final int DONT_FRAGMENT = 0x40;
    /** The number of frames that a new super-frame has room for, if the last one had fewer. */
    private static final int FEW = 8;

    /** The layout in front of the frames, and that in front of the super-frame. */
    private final VirtioNetHeader header;
    private final VirtioNetHeader application;
    /** The first frame as it came, or the super-frame so far, whose headers are still the first frame's. */
    private ByteBuf held;
    private int count;
    private int expected = FEW;
    private long key;
    private boolean tcp;
    private int version;
    private int l3;
    private int l4;
    private int payload;
    /** Octets of payload in each frame; the last may have fewer. */
    private int size;
    private int total;
    private int lastId;
    private int lastFlags;
    /** 0 or 1 once two frames are held, -1 before. */
    private int idStep;
    private boolean verified;
    private boolean complete;
    private int pseudo;

    CoalescedFlow(VirtioNetHeader header, VirtioNetHeader application) {
        this.header = header;
        this.application = application;
    }

    /** A hash of the flow: equal for frames of one flow, and rarely equal for frames of two. */
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
            && message.getInt(frame(message) + packet.l4) == held.getInt(heldFrame() + l4);
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
        // Ethernet padding is no payload, but a frame that stays alone keeps it.
        held = message;
        count = 0;
        counted(message, size);
    }

    private void counted(ByteBuf message, int length) {
        count++;
        total += length;
        lastId = message.getUnsignedShort(frame(message) + l3 + 4);
        lastFlags = tcp ? tcpFlags(message) : 0;
        complete = length < size || (lastFlags & PSH) != 0
            || !tcp && count == VirtioNetHeaderValidator.MAX_UDP_SEGMENTS;
    }

    /** Whether nothing can follow: the last frame was short, or had PSH, or the number of segments is reached. */
    boolean isComplete() {
        return complete;
    }

    /** Whether a frame of this flow continues it. */
    boolean isContinuedBy(ByteBuf message, PacketHeaders packet, int payload) {
        int length = packet.end - payload;
        return !complete && (!tcp || size >= VirtioNetHeaderValidator.MIN_TCP_SIZE)
            && payload == this.payload && packet.l4 == l4 && length <= size
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
        int sequence = held.getInt(heldFrame() + l4 + 4) + total;
        return message.getInt(frame(message) + l4 + 4) == sequence
            && equal(message, l4 + 8, 5) && equal(message, l4 + 14, 2) && equal(message, l4 + 18, payload - l4 - 18);
    }

    /** Whether the checksums of the frame that began the flow are right; computed once. */
    boolean verify(PacketHeaders packet) {
        if (!verified) {
            ByteBuf message = held;
            packet.parse(message, frame(message), message.readableBytes() - header.bytes());
            verified = isRight(header, message, packet);
        }
        return verified;
    }

    /** Whether the checksums of a frame are right; one of the transport that is to be completed counts as right. */
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

    /** Adds a frame for which {@link #isContinuedBy} is true; if there is no memory, it stays the caller's. */
    void append(ByteBufAllocator alloc, ByteBuf message, PacketHeaders packet) {
        int length = packet.end - payload;
        if (count == 1) {
            beginSuperFrame(alloc);
        }
        held.writeBytes(message, frame(message) + payload, length);
        if (version == 4) {
            idStep = message.getUnsignedShort(frame(message) + l3 + 4) - lastId & 0xffff;
        }
        counted(message, length);
        message.release();
    }

    private void beginSuperFrame(ByteBufAllocator alloc) {
        ByteBuf first = held;
        int head = application.bytes() + payload;
        // Room for two frames at least, so that adding the second cannot fail when the first is released.
        int room = Math.max(2 * size, Math.min(expected * size, MAX_PACKET));
        held = alloc.directBuffer(head + room);
        header.convert(first, first.readerIndex(), application, held, 0);
        held.writerIndex(application.bytes()).writeBytes(first, frame(first), payload + size);
        first.release();
    }

    /** How many frames are held. */
    int count() {
        return count;
    }

    /** Gives away the only frame, or the super-frame; nothing is held afterwards. */
    ByteBuf take(ByteBufAllocator alloc) {
        ByteBuf taken = held;
        int frames = count;
        held = null;
        count = 0;
        if (frames == 1) {
            return VirtioNetHeaderHandler.convert(alloc, taken, header, application);
        }
        expected = Math.max(FEW, frames);
        finish(taken);
        return taken;
    }

    private void finish(ByteBuf superFrame) {
        application.setFlags(superFrame, 0, VirtioNetHeader.NEEDS_CSUM);
        application.setGsoType(superFrame, 0, gsoType());
        application.setGsoSize(superFrame, 0, size);
        application.setHdrLen(superFrame, 0, payload);
        application.setCsumStart(superFrame, 0, l4);
        application.setCsumOffset(superFrame, 0, tcp ? PacketHeaders.TCP_CSUM_OFFSET : PacketHeaders.UDP_CSUM_OFFSET);
        int at = application.bytes();
        int length = payload - l4 + total;
        if (version == 4) {
            GsoSegments.finish4(superFrame, at + l3, l4 - l3, l4 - l3 + length,
                superFrame.getUnsignedShort(at + l3 + 4), superFrame.getUnsignedShort(at + l3 + 6));
        } else {
            superFrame.setShort(at + l3 + 4, length);
        }
        int sum = InternetChecksum.add(pseudo, length);
        if (tcp) {
            superFrame.setByte(at + l4 + 13, superFrame.getUnsignedByte(at + l4 + 13) | lastFlags);
            superFrame.setShort(at + l4 + PacketHeaders.TCP_CSUM_OFFSET, sum);
        } else {
            superFrame.setShort(at + l4 + 4, length);
            superFrame.setShort(at + l4 + PacketHeaders.UDP_CSUM_OFFSET, sum);
        }
    }

    private int gsoType() {
        if (!tcp) {
            return VirtioNetHeader.GSO_UDP_L4;
        }
        return version == 4 ? VirtioNetHeader.GSO_TCPV4 : VirtioNetHeader.GSO_TCPV6;
    }

    private boolean equal(ByteBuf message, int offset, int length) {
        return equal(message, frame(message) + offset, held, heldFrame() + offset, length);
    }

    /** Compares in words, as most fields have 14, 8, 4 or 2 octets; all of them are known to be in the buffer. */
    private static boolean equal(ByteBuf a, int aIndex, ByteBuf b, int bIndex, int length) {
        int at = 0;
        for (; length - at >= Long.BYTES; at += Long.BYTES) {
            if (a.getLong(aIndex + at) != b.getLong(bIndex + at)) {
                return false;
            }
        }
        if (length - at >= Integer.BYTES) {
            if (a.getInt(aIndex + at) != b.getInt(bIndex + at)) {
                return false;
            }
            at += Integer.BYTES;
        }
        if (length - at >= Short.BYTES) {
            if (a.getShort(aIndex + at) != b.getShort(bIndex + at)) {
                return false;
            }
            at += Short.BYTES;
        }
        return at == length || a.getByte(aIndex + at) == b.getByte(bIndex + at);
    }

    private int tcpFlags(ByteBuf message) {
        return message.getUnsignedByte(frame(message) + l4 + 13);
    }

    private int heldFrame() {
        return held.readerIndex() + (count > 1 ? application : header).bytes();
    }

    private int frame(ByteBuf message) {
        return message.readerIndex() + header.bytes();
    }
}
