/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.virtio;

import io.netty.buffer.ByteBuf;

/**
 * The Internet checksum of RFC 1071 over octets in any {@link ByteBuf}. A <em>sum</em> is the folded ones' complement
 * sum of big-endian 16-bit words, 0 to 0xffff; a <em>checksum</em>, as it stands in a header, is a sum's complement.
 * Indices are absolute; the buffer is only read. All methods are pure; any thread that may read the buffer may call
 * them.
 */
public final class InternetChecksum {
    private static final long LOW = 0xffff_ffffL;

    private InternetChecksum() {
    }

    /** The sum of {@code length} octets; an odd last octet counts as the high half of a word. */
    public static int sum(ByteBuf buf, int index, int length) {
        // Not through a ByteBuffer: nioBuffer makes a new one, and internalNioBuffer is the same one for all threads.
        long even = 0;
        long odd = 0;
        int at = index;
        int end = index + length;
        for (; end - at >= 32; at += 32) {
            long a = buf.getLong(at);
            long b = buf.getLong(at + 8);
            long c = buf.getLong(at + 16);
            long d = buf.getLong(at + 24);
            odd += (a & LOW) + (b & LOW) + (c & LOW) + (d & LOW);
            even += (a >>> 32) + (b >>> 32) + (c >>> 32) + (d >>> 32);
        }
        for (; end - at >= 8; at += 8) {
            long word = buf.getLong(at);
            odd += word & LOW;
            even += word >>> 32;
        }
        for (; end - at >= 2; at += 2) {
            odd += buf.getUnsignedShort(at);
        }
        if (at < end) {
            odd += buf.getUnsignedByte(at) << 8;
        }
        return fold(even + odd);
    }

    /** The checksum of {@code length} octets: what a header's field holds if it was zero during the sum. */
    public static int checksum(ByteBuf buf, int index, int length) {
        return ~sum(buf, index, length) & 0xffff;
    }

    /** The sum of two sums, of which the first was over an even number of octets. */
    public static int add(int sum, int other) {
        int total = sum + other;
        return (total & 0xffff) + (total >>> 16);
    }

    /**
     * The sum of the IPv4 pseudo-header (RFC 793, RFC 768).
     *
     * @param ipIndex where the IPv4 header begins
     * @param length octets of the transport header and its payload
     */
    public static int pseudoHeader4(ByteBuf buf, int ipIndex, int protocol, int length) {
        return fold(sum(buf, ipIndex + 12, 8) + (long) protocol + length);
    }

    /**
     * The sum of the IPv6 pseudo-header (RFC 8200, section 8.1).
     *
     * @param sourceIndex where the 16 octets of the source address lie
     * @param destinationIndex where those of the final destination lie, which with a routing header is not the
     *     destination field
     * @param length octets of the transport header and its payload, extension headers left out; more than 16 bits count
     */
    public static int pseudoHeader6(ByteBuf buf, int sourceIndex, int destinationIndex, int protocol, int length) {
        return fold((long) sum(buf, sourceIndex, 16) + sum(buf, destinationIndex, 16)
            + protocol + (length >>> 16) + (length & 0xffff));
    }

    private static int fold(long sum) {
        long folded = (sum & LOW) + (sum >>> 32);
        folded = (folded & 0xffff) + (folded >>> 16 & 0xffff) + (folded >>> 32);
        folded = (folded & 0xffff) + (folded >>> 16);
        return (int) ((folded & 0xffff) + (folded >>> 16));
    }
}
