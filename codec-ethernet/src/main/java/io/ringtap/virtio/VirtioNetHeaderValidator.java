/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.virtio;

import io.netty.buffer.ByteBuf;

import java.util.Objects;

/**
 * Judges frames that come with a virtio-net header from a side that is not trusted, and counts every reason for which
 * it rejects one. It holds the header against the frame itself and demands what the specification demands of a sender
 * (VIRTIO 1.2, sections 5.1.6.2 and 5.1.6.4) and what Linux checks (virtio_net_hdr_to_skb in {@code
 * include/linux/virtio_net.h}): a frame found {@link VirtioNetVerdict#VALID} can be completed and segmented without
 * further tests.
 *
 * <p>Flag bits that are unknown are ignored. hdr_len is never read: {@link #hdrLen} gives what it should have been. One
 * instance serves one thread.
 */
public final class VirtioNetHeaderValidator {
    static final int MAX_UDP_SEGMENTS = 128;
    /** What is left of the longest packet when segments are no smaller than Linux's smallest (TCP_MIN_GSO_SIZE, 8). */
    static final int MAX_TCP_SEGMENTS = 8192;
    /** Linux's TCP_MIN_GSO_SIZE: 48 octets of the smallest MSS, of which options may take 40. */
    static final int MIN_TCP_SIZE = 8;
    private static final int MIN_UFO_SIZE = 8;
    /** Of the headers in front of all segments: those of the smallest ones come to half of it. */
    private static final int MAX_HEADERS = 2 << 20;

    private final LinkLayer link;
    private final VirtioNetHeader header;
    private final VirtioNetOffloads negotiated;
    private final PacketHeaders packet;
    private final long[] counts = new long[VirtioNetVerdict.values().length];
    private int payload;

    /**
     * Of Ethernet frames.
     *
     * @param header how the header lies in front of each frame
     * @param negotiated what the sender may leave undone
     */
    public VirtioNetHeaderValidator(VirtioNetHeader header, VirtioNetOffloads negotiated) {
        this(LinkLayer.ETHERNET, header, negotiated);
    }

    /**
     * Of frames of a kind.
     *
     * @param header how the header lies in front of each frame
     * @param negotiated what the sender may leave undone
     */
    public VirtioNetHeaderValidator(LinkLayer link, VirtioNetHeader header, VirtioNetOffloads negotiated) {
        this.link = Objects.requireNonNull(link, "link");
        packet = new PacketHeaders(link);
        this.header = Objects.requireNonNull(header, "header");
        this.negotiated = Objects.requireNonNull(negotiated, "negotiated");
    }

    /** Judges and counts the message that lies, header first, between the indices of a buffer. */
    public VirtioNetVerdict validate(ByteBuf message) {
        VirtioNetVerdict verdict = judge(message);
        counts[verdict.ordinal()]++;
        return verdict;
    }

    /** How many messages got a verdict. */
    public long count(VirtioNetVerdict verdict) {
        return counts[verdict.ordinal()];
    }

    /** How many messages were rejected, for whatever reason. */
    public long rejected() {
        long rejected = 0;
        for (long count : counts) {
            rejected += count;
        }
        return rejected - counts[VirtioNetVerdict.VALID.ordinal()];
    }

    /** Octets to the end of the transport header of the last frame, which was valid and had a gso_type. */
    public int hdrLen() {
        return payload;
    }

    /** Whether hdr_len is a length that the frame can have: Linux refuses one for it, though that is but a hint. */
    boolean isHdrLenPossible(ByteBuf message) {
        int claimed = header.hdrLen(message, message.readerIndex());
        return claimed == 0
            || claimed >= link.headerLength() && claimed <= message.readableBytes() - header.bytes();
    }

    /**
     * Octets from the first of the last frame, which was valid and had NEEDS_CSUM, to the end of its IP packet; what
     * follows is Ethernet padding.
     */
    public int packetEnd() {
        return packet.end;
    }

    /** The headers of the last frame, which was valid and had NEEDS_CSUM. */
    PacketHeaders packet() {
        return packet;
    }

    private VirtioNetVerdict judge(ByteBuf message) {
        int index = message.readerIndex();
        int length = message.readableBytes() - header.bytes();
        if (length < 0) {
            return VirtioNetVerdict.SHORTER_THAN_HEADER;
        }
        if (length < link.shortest()) {
            return VirtioNetVerdict.FRAME_TOO_SHORT;
        }
        if (length > link.longest()) {
            return VirtioNetVerdict.FRAME_TOO_LONG;
        }
        if (header.bytes() == 0) {
            return VirtioNetVerdict.VALID;
        }
        boolean needsCsum = (header.flags(message, index) & VirtioNetHeader.NEEDS_CSUM) != 0;
        int gsoType = header.gsoType(message, index);
        if (gsoType != VirtioNetHeader.GSO_NONE) {
            VirtioNetVerdict verdict = judgeGso(gsoType, header.gsoSize(message, index), needsCsum);
            if (verdict != VirtioNetVerdict.VALID) {
                return verdict;
            }
        } else if (!needsCsum) {
            return VirtioNetVerdict.VALID;
        }
        if (!negotiated.contains(VirtioNetOffload.CSUM)) {
            return VirtioNetVerdict.CSUM_NOT_NEGOTIATED;
        }
        int frame = index + header.bytes();
        packet.parse(message, frame, length);
        int start = header.csumStart(message, index);
        int offset = header.csumOffset(message, index);
        return gsoType == VirtioNetHeader.GSO_NONE ? judgeCsum(start, offset)
            : judgePacket(message, frame, gsoType, header.gsoSize(message, index), start, offset);
    }

    private VirtioNetVerdict judgeGso(int gsoType, int gsoSize, boolean needsCsum) {
        int type = gsoType & ~VirtioNetHeader.GSO_ECN;
        if ((type & (VirtioNetHeader.GSO_UDP_TUNNEL_IPV4 | VirtioNetHeader.GSO_UDP_TUNNEL_IPV6)) != 0) {
            return VirtioNetVerdict.GSO_NOT_NEGOTIATED;
        }
        boolean tcp = type == VirtioNetHeader.GSO_TCPV4 || type == VirtioNetHeader.GSO_TCPV6;
        if (!tcp && type != VirtioNetHeader.GSO_UDP && type != VirtioNetHeader.GSO_UDP_L4) {
            return VirtioNetVerdict.UNKNOWN_GSO_TYPE;
        }
        boolean ecn = gsoType != type;
        if (ecn && !tcp) {
            return VirtioNetVerdict.ECN_WITHOUT_TCP;
        }
        if (!negotiated(type) || ecn && !negotiated.contains(VirtioNetOffload.ECN)) {
            return VirtioNetVerdict.GSO_NOT_NEGOTIATED;
        }
        if (gsoSize == 0 || gsoSize == 0xffff || tcp && gsoSize < MIN_TCP_SIZE
            || type == VirtioNetHeader.GSO_UDP && gsoSize < MIN_UFO_SIZE) {
            return VirtioNetVerdict.BAD_GSO_SIZE;
        }
        return needsCsum ? VirtioNetVerdict.VALID : VirtioNetVerdict.GSO_WITHOUT_CSUM;
    }

    private boolean negotiated(int type) {
        switch (type) {
            case VirtioNetHeader.GSO_TCPV4:
                return negotiated.contains(VirtioNetOffload.TSO4);
            case VirtioNetHeader.GSO_TCPV6:
                return negotiated.contains(VirtioNetOffload.TSO6);
            case VirtioNetHeader.GSO_UDP:
                return negotiated.contains(VirtioNetOffload.UFO);
            default:
                return negotiated.contains(VirtioNetOffload.USO4) || negotiated.contains(VirtioNetOffload.USO6);
        }
    }

    /** A lone checksum may also be that of a packet inside a tunnel, deeper than what is parsed here. */
    private VirtioNetVerdict judgeCsum(int start, int offset) {
        if (packet.kind == PacketHeaders.Kind.MALFORMED) {
            return VirtioNetVerdict.BAD_IP_HEADER;
        }
        if (packet.kind == PacketHeaders.Kind.FRAGMENT) {
            return VirtioNetVerdict.FRAGMENTED;
        }
        if (start + offset + 2 > packet.end) {
            return VirtioNetVerdict.CSUM_OUT_OF_FRAME;
        }
        if (packet.kind == PacketHeaders.Kind.OTHER) {
            return start < packet.l3 + PacketHeaders.IPV4 ? VirtioNetVerdict.BAD_CSUM_START : VirtioNetVerdict.VALID;
        }
        boolean tcp = packet.protocol == PacketHeaders.PROTOCOL_TCP;
        boolean known = tcp || packet.protocol == PacketHeaders.PROTOCOL_UDP;
        if (start < packet.l4 || known && start != packet.l4 && (tcp || start < packet.l4 + PacketHeaders.UDP)) {
            return VirtioNetVerdict.BAD_CSUM_START;
        }
        return known && start == packet.l4 && offset != packet.csumOffset()
            ? VirtioNetVerdict.BAD_CSUM_OFFSET : VirtioNetVerdict.VALID;
    }

    private VirtioNetVerdict judgePacket(ByteBuf message, int frame, int gsoType, int gsoSize, int start, int offset) {
        int type = gsoType & ~VirtioNetHeader.GSO_ECN;
        boolean udp = type == VirtioNetHeader.GSO_UDP || type == VirtioNetHeader.GSO_UDP_L4;
        if (packet.kind == PacketHeaders.Kind.MALFORMED) {
            return VirtioNetVerdict.BAD_IP_HEADER;
        }
        if (packet.kind == PacketHeaders.Kind.FRAGMENT || packet.fragmentHeader) {
            return VirtioNetVerdict.FRAGMENTED;
        }
        if (packet.kind == PacketHeaders.Kind.OPAQUE) {
            return VirtioNetVerdict.BAD_IP_HEADER;
        }
        int version = type == VirtioNetHeader.GSO_TCPV6 ? 6 : type == VirtioNetHeader.GSO_TCPV4 ? 4 : packet.version;
        if (packet.kind == PacketHeaders.Kind.OTHER || packet.version != version
            || packet.protocol != (udp ? PacketHeaders.PROTOCOL_UDP : PacketHeaders.PROTOCOL_TCP)) {
            return VirtioNetVerdict.GSO_PROTOCOL_MISMATCH;
        }
        if (type == VirtioNetHeader.GSO_UDP_L4
            && !negotiated.contains(version == 4 ? VirtioNetOffload.USO4 : VirtioNetOffload.USO6)) {
            return VirtioNetVerdict.GSO_NOT_NEGOTIATED;
        }
        if (start + offset + 2 > packet.end) {
            return VirtioNetVerdict.CSUM_OUT_OF_FRAME;
        }
        if (start != packet.l4) {
            return VirtioNetVerdict.BAD_CSUM_START;
        }
        if (offset != packet.csumOffset()) {
            return VirtioNetVerdict.BAD_CSUM_OFFSET;
        }
        payload = packet.payload(message, frame);
        if (payload < 0) {
            return VirtioNetVerdict.BAD_TRANSPORT_HEADER;
        }
        if (type == VirtioNetHeader.GSO_UDP && !IpFragments.isPossible(packet, gsoSize)) {
            return VirtioNetVerdict.BAD_GSO_SIZE;
        }
        return judgeCount(message, frame, type, gsoSize);
    }

    private VirtioNetVerdict judgeCount(ByteBuf message, int frame, int type, int gsoSize) {
        int length = packet.end - payload;
        int size = gsoSize;
        int head = payload;
        int most = MAX_TCP_SEGMENTS;
        if (type == VirtioNetHeader.GSO_UDP_L4) {
            // Linux counts Ethernet padding, and refuses a frame for it.
            length = message.writerIndex() - frame - payload;
            most = MAX_UDP_SEGMENTS;
        } else if (type == VirtioNetHeader.GSO_UDP) {
            head = IpFragments.cut(packet);
            length = packet.end - head;
            size = gsoSize & ~7;
        }
        long segments = ((long) length + size - 1) / size;
        return segments > most || segments * head > MAX_HEADERS
            ? VirtioNetVerdict.TOO_MANY_SEGMENTS : VirtioNetVerdict.VALID;
    }
}
