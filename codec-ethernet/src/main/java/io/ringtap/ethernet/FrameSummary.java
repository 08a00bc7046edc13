/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.ethernet;

import io.netty.buffer.ByteBuf;
import io.netty.util.NetUtil;

/**
 * One line about a frame, in the words {@code tcpdump -e -n} has for it. Reads any bytes: where a header is cut short
 * it says so with tcpdump's {@code [|name]} and stops. Any thread.
 */
public final class FrameSummary {
    private FrameSummary() {
    }

    /**
     * Appends the Ethernet header and, where it is IPv4, IPv6 or ARP, what it carries.
     *
     * @param buf holds the frame up to its writer index; left as it is
     * @param offset where the destination address begins
     */
    public static void append(StringBuilder out, ByteBuf buf, int offset) {
        appendHeader(out, buf, offset);
        int payload = EthernetFrame.payloadOffset(buf, offset);
        if (payload < 0) {
            return;
        }
        int end = buf.writerIndex();
        switch (EthernetFrame.etherType(buf, offset)) {
            case EtherType.IPV4 -> {
                out.append(": ");
                IpSummary.appendIpv4(out, buf, payload);
            }
            case EtherType.IPV6 -> {
                out.append(": ");
                IpSummary.appendIpv6(out, buf, payload);
            }
            case EtherType.ARP -> {
                out.append(": ");
                appendArp(out, buf, payload, end);
            }
            default -> {
            }
        }
    }

    /**
     * Appends an IP packet of either version without an Ethernet header, as it passes through a TUN device.
     *
     * @param buf holds the packet up to its writer index; left as it is
     * @param offset where the IP header begins
     */
    public static void appendIp(StringBuilder out, ByteBuf buf, int offset) {
        IpSummary.append(out, buf, offset);
    }

    /** Addresses, tags, type and length. */
    static void appendHeader(StringBuilder out, ByteBuf buf, int offset) {
        int length = buf.writerIndex() - offset;
        if (offset < 0 || length < EthernetFrame.HEADER_LENGTH) {
            out.append("[|ether], length ").append(Math.max(length, 0));
            return;
        }
        out.append(MacAddress.toString(EthernetFrame.sourceBits(buf, offset))).append(" > ")
            .append(MacAddress.toString(EthernetFrame.destinationBits(buf, offset)));
        int type = offset + 2 * MacAddress.LENGTH;
        for (int tags = 0; tags < EthernetFrame.MAX_VLAN_TAGS && buf.writerIndex() - type >= 4
            && EtherType.isVlanTag(buf.getUnsignedShort(type)); tags++) {
            int tci = buf.getUnsignedShort(type + 2);
            out.append(buf.getUnsignedShort(type) == EtherType.VLAN ? ", vlan " : ", svlan ").append(tci & 0xfff)
                .append(", p ").append(tci >>> 13);
            if ((tci & 0x1000) != 0) {
                out.append(", DEI");
            }
            type += EthernetFrame.VLAN_TAG_LENGTH;
        }
        int etherType = EthernetFrame.etherType(buf, offset);
        if (etherType < 0) {
            out.append(", [|vlan]");
        } else if (etherType < EtherType.LOWEST) {
            out.append(", 802.3");
        } else {
            out.append(", ethertype ").append(EtherType.nameOf(etherType)).append(" (0x");
            appendHex16(out, etherType);
            out.append(')');
        }
        out.append(", length ").append(length);
    }

    private static void appendArp(StringBuilder out, ByteBuf buf, int at, int end) {
        int length = end - at;
        if (length < 28) {
            out.append("[|arp]");
            return;
        }
        // Hardware type Ethernet, protocol IPv4, lengths 6 and 4: the only form RFC 826 is used in here.
        if (buf.getUnsignedShort(at) != 1 || buf.getUnsignedShort(at + 2) != EtherType.IPV4
            || buf.getUnsignedShort(at + 4) != 0x0604) {
            out.append("ARP, not for IPv4 over Ethernet, length ").append(length);
            return;
        }
        int operation = buf.getUnsignedShort(at + 6);
        if (operation == 1) {
            out.append("Request who-has ");
            appendAddress(out, buf, at + 24, 4);
            out.append(" tell ");
            appendAddress(out, buf, at + 14, 4);
        } else if (operation == 2) {
            out.append("Reply ");
            appendAddress(out, buf, at + 14, 4);
            out.append(" is-at ").append(MacAddress.toString(MacAddress.bits(buf, at + 8)));
        } else {
            out.append("ARP operation ").append(operation);
        }
        out.append(", length ").append(length);
    }

    /** An IPv4 (4 bytes) or IPv6 (16 bytes) address; the caller has checked that it is there. */
    static void appendAddress(StringBuilder out, ByteBuf buf, int at, int bytes) {
        byte[] address = new byte[bytes];
        buf.getBytes(at, address);
        out.append(NetUtil.bytesToIpAddress(address));
    }

    private static void appendHex16(StringBuilder out, int value) {
        for (int shift = 12; shift >= 0; shift -= 4) {
            out.append(Character.forDigit(value >>> shift & 0xf, 16));
        }
    }
}
