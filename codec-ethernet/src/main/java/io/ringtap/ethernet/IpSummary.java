/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.ethernet;

import io.netty.buffer.ByteBuf;

/** What {@link FrameSummary} says about IPv4, IPv6, ICMP, TCP and UDP. Every read is behind a length check. */
final class IpSummary {
    private static final int HOP_BY_HOP = 0;
    private static final int ICMP = 1;
    private static final int TCP = 6;
    private static final int UDP = 17;
    private static final int ROUTING = 43;
    private static final int FRAGMENT = 44;
    private static final int ICMPV6 = 58;
    private static final int DESTINATION = 60;

    private static final String TCP_FLAGS = "FSRP.UEW";

    private IpSummary() {
    }

    static void appendIpv4(StringBuilder out, ByteBuf buf, int at, int end) {
        if (end - at < 20) {
            out.append("[|ip]");
            return;
        }
        int headerLength = (buf.getByte(at) & 0xf) * 4;
        int totalLength = buf.getUnsignedShort(at + 2);
        // A segment the kernel has yet to cut may be longer than 16 bits can say; its length is then 0.
        int packetEnd = totalLength == 0 ? end : Math.min(end, at + totalLength);
        if (buf.getByte(at) >>> 4 != 4 || headerLength < 20 || packetEnd - at < headerLength) {
            out.append("IP malformed: version ").append(buf.getByte(at) >>> 4 & 0xf).append(", header ")
                .append(headerLength).append(", length ").append(totalLength);
            return;
        }
        int fragment = buf.getUnsignedShort(at + 6) & 0x1fff;
        appendPacket(out, buf, at + 12, 4, buf.getUnsignedByte(at + 9), fragment * 8, at + headerLength, packetEnd);
    }

    static void appendIpv6(StringBuilder out, ByteBuf buf, int at, int end) {
        if (end - at < 40) {
            out.append("[|ip6]");
            return;
        }
        if ((buf.getByte(at) >>> 4 & 0xf) != 6) {
            out.append("IP6 malformed: version ").append(buf.getByte(at) >>> 4 & 0xf);
            return;
        }
        int payloadLength = buf.getUnsignedShort(at + 4);
        int packetEnd = payloadLength == 0 ? end : Math.min(end, at + 40 + payloadLength);
        int next = buf.getUnsignedByte(at + 6);
        int fragment = 0;
        int l4 = at + 40;
        while (fragment == 0
            && (next == HOP_BY_HOP || next == ROUTING || next == DESTINATION || next == FRAGMENT)) {
            if (packetEnd - l4 < 8) {
                appendAddresses(out, buf, at + 8, 16, -1, -1);
                out.append(": [|ip6ext]");
                return;
            }
            int length = 8;
            if (next == FRAGMENT) {
                fragment = buf.getUnsignedShort(l4 + 2) & 0xfff8;
            } else {
                length += buf.getUnsignedByte(l4 + 1) * 8;
            }
            next = buf.getUnsignedByte(l4);
            l4 = Math.min(packetEnd, l4 + length);
        }
        appendPacket(out, buf, at + 8, 16, next, fragment, l4, packetEnd);
    }

    private static void appendPacket(StringBuilder out, ByteBuf buf, int addresses, int addressLength, int protocol,
                                     int fragment, int l4, int end) {
        int length = end - l4;
        boolean hasPorts = fragment == 0 && (protocol == TCP || protocol == UDP) && length >= 4;
        appendAddresses(out, buf, addresses, addressLength, hasPorts ? buf.getUnsignedShort(l4) : -1,
            hasPorts ? buf.getUnsignedShort(l4 + 2) : -1);
        out.append(": ");
        if (fragment != 0) {
            out.append(nameOf(protocol)).append(" fragment, offset ").append(fragment)
                .append(", length ").append(length);
            return;
        }
        switch (protocol) {
            case TCP -> appendTcp(out, buf, l4, length);
            case UDP -> {
                if (length < 8) {
                    out.append("[|udp]");
                } else {
                    out.append("UDP, length ").append(Math.max(buf.getUnsignedShort(l4 + 4) - 8, 0));
                }
            }
            case ICMP -> appendIcmp(out, buf, l4, length);
            case ICMPV6 -> appendIcmpv6(out, buf, l4, length);
            default -> out.append(nameOf(protocol)).append(", length ").append(length);
        }
    }

    private static void appendAddresses(StringBuilder out, ByteBuf buf, int at, int length, int sourcePort,
                                        int destinationPort) {
        FrameSummary.appendAddress(out, buf, at, length);
        if (sourcePort >= 0) {
            out.append('.').append(sourcePort);
        }
        out.append(" > ");
        FrameSummary.appendAddress(out, buf, at + length, length);
        if (destinationPort >= 0) {
            out.append('.').append(destinationPort);
        }
    }

    private static void appendTcp(StringBuilder out, ByteBuf buf, int at, int length) {
        if (length < 20) {
            out.append("[|tcp]");
            return;
        }
        int headerLength = (buf.getByte(at + 12) >>> 4 & 0xf) * 4;
        int flags = buf.getUnsignedByte(at + 13);
        out.append("Flags [");
        if (flags == 0) {
            out.append("none");
        }
        for (int i = 0; i < TCP_FLAGS.length(); i++) {
            if ((flags & 1 << i) != 0) {
                out.append(TCP_FLAGS.charAt(i));
            }
        }
        out.append(']');
        int payload = length - headerLength;
        if (headerLength < 20 || payload < 0) {
            out.append(", bad hdr length ").append(headerLength);
            return;
        }
        long sequence = buf.getUnsignedInt(at + 4);
        if (payload > 0 || (flags & 0x7) != 0) {
            out.append(", seq ").append(sequence);
            if (payload > 0) {
                out.append(':').append(sequence + payload & 0xffff_ffffL);
            }
        }
        if ((flags & 0x10) != 0) {
            out.append(", ack ").append(buf.getUnsignedInt(at + 8));
        }
        out.append(", win ").append(buf.getUnsignedShort(at + 14)).append(", length ").append(payload);
    }

    private static void appendIcmp(StringBuilder out, ByteBuf buf, int at, int length) {
        if (length < 8) {
            out.append("[|icmp]");
            return;
        }
        out.append("ICMP ");
        int type = buf.getUnsignedByte(at);
        switch (type) {
            case 0 -> appendEcho(out.append("echo reply"), buf, at);
            case 8 -> appendEcho(out.append("echo request"), buf, at);
            case 3 -> out.append("unreachable, code ").append(buf.getUnsignedByte(at + 1));
            case 11 -> out.append("time exceeded, code ").append(buf.getUnsignedByte(at + 1));
            default -> out.append("type ").append(type).append(", code ").append(buf.getUnsignedByte(at + 1));
        }
        out.append(", length ").append(length);
    }

    private static void appendIcmpv6(StringBuilder out, ByteBuf buf, int at, int length) {
        if (length < 8) {
            out.append("[|icmp6]");
            return;
        }
        out.append("ICMP6, ");
        int type = buf.getUnsignedByte(at);
        switch (type) {
            case 1 -> out.append("unreachable, code ").append(buf.getUnsignedByte(at + 1));
            case 2 -> out.append("packet too big, mtu ").append(buf.getUnsignedInt(at + 4));
            case 128 -> appendEcho(out.append("echo request"), buf, at);
            case 129 -> appendEcho(out.append("echo reply"), buf, at);
            case 133 -> out.append("router solicitation");
            case 134 -> out.append("router advertisement");
            case 135 -> appendTarget(out.append("neighbor solicitation, who has "), buf, at, length);
            case 136 -> appendTarget(out.append("neighbor advertisement, tgt is "), buf, at, length);
            default -> out.append("type ").append(type).append(", code ").append(buf.getUnsignedByte(at + 1));
        }
        out.append(", length ").append(length);
    }

    private static void appendEcho(StringBuilder out, ByteBuf buf, int at) {
        out.append(", id ").append(buf.getUnsignedShort(at + 4)).append(", seq ").append(buf.getUnsignedShort(at + 6));
    }

    private static void appendTarget(StringBuilder out, ByteBuf buf, int at, int length) {
        if (length < 24) {
            out.append("[|icmp6]");
        } else {
            FrameSummary.appendAddress(out, buf, at + 8, 16);
        }
    }

    private static String nameOf(int protocol) {
        return switch (protocol) {
            case ICMP -> "icmp";
            case TCP -> "tcp";
            case UDP -> "udp";
            case ICMPV6 -> "icmp6";
            default -> "ip-proto-" + protocol;
        };
    }
}
