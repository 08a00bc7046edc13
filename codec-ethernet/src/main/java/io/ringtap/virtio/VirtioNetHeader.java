/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.virtio;

import io.netty.buffer.ByteBuf;

import java.nio.ByteOrder;
import java.util.Objects;

/**
 * Reads and writes the fields of a virtio-net header that lies in a {@link ByteBuf} at an absolute index. An instance
 * is a layout, one length and one byte order; it holds no frame, is immutable, and any thread may use it. The indices
 * of the buffer are neither used nor moved, and the header may lie across the parts of a composite.
 *
 * <pre>
 *   0 flags  1 gso_type  2 hdr_len  4 gso_size  6 csum_start  8 csum_offset        10 bytes
 *  10 num_buffers                                                                  12
 *  12 hash_value (32 bits)  16 hash_report  18 padding                             20
 *  20 outer_th_offset  22 inner_nh_offset                                          24
 * </pre>
 *
 * Offsets and lengths in the header count from the first octet of the frame, which follows the header. Source:
 * Virtual I/O Device (VIRTIO) 1.2, section 5.1.6, and {@code <linux/virtio_net.h>}.
 */
public final class VirtioNetHeader {
    /** {@link #flags}: the checksum from csum_start is to be completed. */
    public static final int NEEDS_CSUM = 1;
    /** {@link #flags}: the sender has verified the checksum. */
    public static final int DATA_VALID = 2;
    /** {@link #flags}: csum_start and csum_offset hold a count of segments and of duplicate acknowledgements. */
    public static final int RSC_INFO = 4;
    /** {@link #flags}: the outer UDP checksum of a tunnel is to be completed. */
    public static final int UDP_TUNNEL_CSUM = 8;

    /** {@link #gsoType}: an ordinary frame. */
    public static final int GSO_NONE = 0;
    /** {@link #gsoType}: TCP over IPv4, to be segmented (TSO4). */
    public static final int GSO_TCPV4 = 1;
    /** {@link #gsoType}: UDP over IPv4 or IPv6, to be fragmented by IP (UFO). */
    public static final int GSO_UDP = 3;
    /** {@link #gsoType}: TCP over IPv6, to be segmented (TSO6). */
    public static final int GSO_TCPV6 = 4;
    /** {@link #gsoType}: UDP over IPv4 or IPv6, to be segmented into datagrams (USO). */
    public static final int GSO_UDP_L4 = 5;
    /** {@link #gsoType}, or'ed: inside a UDP tunnel over IPv4. */
    public static final int GSO_UDP_TUNNEL_IPV4 = 0x20;
    /** {@link #gsoType}, or'ed: inside a UDP tunnel over IPv6. */
    public static final int GSO_UDP_TUNNEL_IPV6 = 0x40;
    /** {@link #gsoType}, or'ed to a TCP type: the TCP header has CWR set. */
    public static final int GSO_ECN = 0x80;

    private static final VirtioNetHeader[] LITTLE = layouts(true);
    private static final VirtioNetHeader[] BIG = layouts(false);

    private final VnetHeaderLength length;
    private final boolean littleEndian;

    private VirtioNetHeader(VnetHeaderLength length, boolean littleEndian) {
        this.length = length;
        this.littleEndian = littleEndian;
    }

    /**
     * The layout in the machine's own byte order, which Linux and FreeBSD taps and VALE ports use by default.
     */
    public static VirtioNetHeader of(VnetHeaderLength length) {
        return of(length, ByteOrder.nativeOrder());
    }

    /** The layout in a byte order; virtio 1 devices and a Linux tap after TUNSETVNETLE are little-endian everywhere. */
    public static VirtioNetHeader of(VnetHeaderLength length, ByteOrder order) {
        Objects.requireNonNull(order, "order");
        return (order == ByteOrder.LITTLE_ENDIAN ? LITTLE : BIG)[length.ordinal()];
    }

    private static VirtioNetHeader[] layouts(boolean littleEndian) {
        VnetHeaderLength[] lengths = VnetHeaderLength.values();
        VirtioNetHeader[] layouts = new VirtioNetHeader[lengths.length];
        for (VnetHeaderLength length : lengths) {
            layouts[length.ordinal()] = new VirtioNetHeader(length, littleEndian);
        }
        return layouts;
    }

    /** The length of this layout. */
    public VnetHeaderLength length() {
        return length;
    }

    /** The length of this layout in bytes. */
    public int bytes() {
        return length.bytes();
    }

    /** The order of the bytes in a field of more than one. */
    public ByteOrder order() {
        return littleEndian ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
    }

    /** {@link #NEEDS_CSUM} and the other flags; bits unknown here are to be ignored. */
    public int flags(ByteBuf buf, int index) {
        return buf.getUnsignedByte(at(index, 0, 1));
    }

    /** Writes the flags. */
    public void setFlags(ByteBuf buf, int index, int flags) {
        buf.setByte(at(index, 0, 1), flags);
    }

    /** {@link #GSO_TCPV4} or another type, with {@link #GSO_ECN} and the tunnel bits as they lie there. */
    public int gsoType(ByteBuf buf, int index) {
        return buf.getUnsignedByte(at(index, 1, 1));
    }

    /** Writes the type of segmentation. */
    public void setGsoType(ByteBuf buf, int index, int type) {
        buf.setByte(at(index, 1, 1), type);
    }

    /** Octets from the frame's first to the end of the transport header: a hint that is never to be trusted. */
    public int hdrLen(ByteBuf buf, int index) {
        return getU16(buf, at(index, 2, 2));
    }

    /** Writes hdr_len. */
    public void setHdrLen(ByteBuf buf, int index, int octets) {
        setU16(buf, at(index, 2, 2), octets);
    }

    /** Octets of payload in each segment. */
    public int gsoSize(ByteBuf buf, int index) {
        return getU16(buf, at(index, 4, 2));
    }

    /** Writes gso_size. */
    public void setGsoSize(ByteBuf buf, int index, int octets) {
        setU16(buf, at(index, 4, 2), octets);
    }

    /** Where, from the frame's first octet, the checksum begins to count. */
    public int csumStart(ByteBuf buf, int index) {
        return getU16(buf, at(index, 6, 2));
    }

    /** Writes csum_start. */
    public void setCsumStart(ByteBuf buf, int index, int offset) {
        setU16(buf, at(index, 6, 2), offset);
    }

    /** Where, from {@link #csumStart}, the two octets of the checksum lie. */
    public int csumOffset(ByteBuf buf, int index) {
        return getU16(buf, at(index, 8, 2));
    }

    /** Writes csum_offset. */
    public void setCsumOffset(ByteBuf buf, int index, int offset) {
        setU16(buf, at(index, 8, 2), offset);
    }

    /** Whether the header has num_buffers: 12 bytes and more. */
    public boolean hasNumBuffers() {
        return length.bytes() >= 12;
    }

    /** How many receive buffers the frame was spread over; 1 in a header written here. */
    public int numBuffers(ByteBuf buf, int index) {
        return getU16(buf, at(index, 10, 2));
    }

    /** Writes num_buffers. */
    public void setNumBuffers(ByteBuf buf, int index, int buffers) {
        setU16(buf, at(index, 10, 2), buffers);
    }

    /** The receive hash, 32 bits unsigned; meaningless while {@link #hashReport} is 0. */
    public long hashValue(ByteBuf buf, int index) {
        int at = at(index, 12, 4);
        return littleEndian ? buf.getUnsignedIntLE(at) : buf.getUnsignedInt(at);
    }

    /** Writes hash_value, of which the low 32 bits count. */
    public void setHashValue(ByteBuf buf, int index, long hash) {
        int at = at(index, 12, 4);
        if (littleEndian) {
            buf.setIntLE(at, (int) hash);
        } else {
            buf.setInt(at, (int) hash);
        }
    }

    /** What was hashed (VIRTIO_NET_HASH_REPORT_*); 0 is nothing. */
    public int hashReport(ByteBuf buf, int index) {
        return getU16(buf, at(index, 16, 2));
    }

    /** Writes hash_report. */
    public void setHashReport(ByteBuf buf, int index, int report) {
        setU16(buf, at(index, 16, 2), report);
    }

    /** Where the outer transport header of a tunnel begins. */
    public int outerThOffset(ByteBuf buf, int index) {
        return getU16(buf, at(index, 20, 2));
    }

    /** Writes outer_th_offset. */
    public void setOuterThOffset(ByteBuf buf, int index, int offset) {
        setU16(buf, at(index, 20, 2), offset);
    }

    /** Where the inner network header of a tunnel begins. */
    public int innerNhOffset(ByteBuf buf, int index) {
        return getU16(buf, at(index, 22, 2));
    }

    /** Writes inner_nh_offset. */
    public void setInnerNhOffset(ByteBuf buf, int index, int offset) {
        setU16(buf, at(index, 22, 2), offset);
    }

    /**
     * Writes the header of an ordinary frame that asks for nothing: zeros, and num_buffers 1 where there is one, as
     * virtio 1.2 section 5.1.6.4 demands.
     */
    public void clear(ByteBuf buf, int index) {
        buf.setZero(index, length.bytes());
        if (hasNumBuffers()) {
            setNumBuffers(buf, index, 1);
        }
    }

    /**
     * Writes into a second buffer, in a second layout, what the header here says. Fields which only the target has
     * become those of {@link #clear}; fields which only the source has are lost (see {@link #isLossless}); num_buffers
     * becomes 1, since the frame lies in one message on either side.
     */
    public void convert(ByteBuf from, int fromIndex, VirtioNetHeader to, ByteBuf into, int intoIndex) {
        to.clear(into, intoIndex);
        if (length == VnetHeaderLength.NONE || to.length == VnetHeaderLength.NONE) {
            return;
        }
        to.setFlags(into, intoIndex, flags(from, fromIndex));
        to.setGsoType(into, intoIndex, gsoType(from, fromIndex));
        to.setHdrLen(into, intoIndex, hdrLen(from, fromIndex));
        to.setGsoSize(into, intoIndex, gsoSize(from, fromIndex));
        to.setCsumStart(into, intoIndex, csumStart(from, fromIndex));
        to.setCsumOffset(into, intoIndex, csumOffset(from, fromIndex));
        int shared = Math.min(length.bytes(), to.length.bytes());
        if (shared >= VnetHeaderLength.HASH.bytes()) {
            to.setHashValue(into, intoIndex, hashValue(from, fromIndex));
            to.setHashReport(into, intoIndex, hashReport(from, fromIndex));
        }
        if (shared >= VnetHeaderLength.TUNNEL.bytes()) {
            to.setOuterThOffset(into, intoIndex, outerThOffset(from, fromIndex));
            to.setInnerNhOffset(into, intoIndex, innerNhOffset(from, fromIndex));
        }
    }

    /**
     * Whether a header of another length can still say what the receiver of this frame has to do. A frame that is yet
     * to be segmented or whose checksum is yet to be completed is corrupt without its header, and a tunnel's offsets
     * fit only 24 bytes. A lost hash or DATA_VALID does no harm.
     */
    public boolean isLossless(ByteBuf buf, int index, VnetHeaderLength target) {
        if (length == VnetHeaderLength.NONE || target == VnetHeaderLength.TUNNEL) {
            return true;
        }
        int flags = flags(buf, index);
        int gsoType = gsoType(buf, index);
        boolean tunnel = length == VnetHeaderLength.TUNNEL && (flags & UDP_TUNNEL_CSUM) != 0
            || (gsoType & (GSO_UDP_TUNNEL_IPV4 | GSO_UDP_TUNNEL_IPV6)) != 0;
        return !tunnel && (target != VnetHeaderLength.NONE || (flags & NEEDS_CSUM) == 0 && gsoType == GSO_NONE);
    }

    /** {@link #flags}, none without a header. */
    int flagsIfAny(ByteBuf buf, int index) {
        return length == VnetHeaderLength.NONE ? 0 : flags(buf, index);
    }

    /** {@link #gsoType}, {@link #GSO_NONE} without a header. */
    int gsoTypeIfAny(ByteBuf buf, int index) {
        return length == VnetHeaderLength.NONE ? GSO_NONE : gsoType(buf, index);
    }

    private int at(int index, int offset, int size) {
        if (offset + size > length.bytes()) {
            throw new IllegalStateException("a " + length.bytes() + "-byte header has no field at byte " + offset);
        }
        return index + offset;
    }

    private int getU16(ByteBuf buf, int at) {
        return littleEndian ? buf.getUnsignedShortLE(at) : buf.getUnsignedShort(at);
    }

    private void setU16(ByteBuf buf, int at, int value) {
        if (littleEndian) {
            buf.setShortLE(at, value);
        } else {
            buf.setShort(at, value);
        }
    }

    @Override
    public String toString() {
        return "VirtioNetHeader(" + length.bytes() + " bytes, " + order() + ')';
    }
}
