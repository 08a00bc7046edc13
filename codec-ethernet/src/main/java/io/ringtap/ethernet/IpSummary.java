/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.ethernet;

import io.netty.buffer.ByteBuf;

/** What {@link FrameSummary} says about IPv4, IPv6, ICMP, TCP and UDP. Every read is behind a length check. */
final class IpSummary {
    private static final String TCP_FLAGS = "FSRP.UEW";

    private IpSummary() {
    }

    /** A packet of either version, which is named. */
    static void append(StringBuilder out, ByteBuf buf, int at) {
        int end = buf.writerIndex();
        int version = at >= 0 && at < end ? buf.getUnsignedByte(at) >>> 4 : 0;
        boolean whole = new IpPacket().wrap(buf, at).headerLength() >= 0;
        if (version == 4) {
            appendIpv4(out.append(whole ? "IP " : ""), buf, at);
        } else if (version == 6) {
            appendIpv6(out.append(whole ? "IP6 " : ""), buf, at);
        } else {
            out.append("no IP packet, length ").append(at < 0 ? 0 : Math.max(0, end - at));
        }
    }

    static void appendIpv4(StringBuilder out, ByteBuf buf, int at) {
        IpPacket packet = new IpPacket().wrap(buf, at);
        if (packet.available() < 20) {
            out.append("[|ip]");
        } else if (packet.version() != 4 || packet.headerLength() < 0) {
            out.append("IP malformed: version ").append(buf.getUnsignedByte(at) >>> 4).append(", header ")
                .append((buf.getByte(at) & 0xf) * 4).append(", length ").append(buf.getUnsignedShort(at + 2));
        } else {
            appendPacket(out, packet, buf, at + 12, 4);
        }
    }

    static void appendIpv6(StringBuilder out, ByteBuf buf, int at) {
        IpPacket packet = new IpPacket().wrap(buf, at);
        if (packet.available() < 40) {
            out.append("[|ip6]");
        } else if (packet.version() != 6) {
            out.append("IP6 malformed: version ").append(buf.getUnsignedByte(at) >>> 4);
        } else if (packet.headerLength() < 0) {
            appendAddresses(out, buf, at + 8, 16, -1, -1);
            out.append(": [|ip6ext]");
        } else {
            appendPacket(out, packet, buf, at + 8, 16);
        }
    }

    private static void appendPacket(StringBuilder out, IpPacket packet, ByteBuf buf, int addresses,
                                     int addressLength) {
        int protocol = packet.protocol();
        int fragment = packet.fragmentOffset();
        int l4 = packet.payloadOffset();
        int length = packet.presentLength() - packet.headerLength();
        boolean hasPorts = fragment == 0 && (protocol == IpPacket.TCP || protocol == IpPacket.UDP) && length >= 4;
        appendAddresses(out, buf, addresses, addressLength, hasPorts ? buf.getUnsignedShort(l4) : -1,
            hasPorts ? buf.getUnsignedShort(l4 + 2) : -1);
        out.append(": ");
        if (fragment != 0) {
            out.append(nameOf(protocol)).append(" fragment, offset ").append(fragment)
                .append(", length ").append(length);
            return;
        }
        switch (protocol) {
            case IpPacket.TCP -> appendTcp(out, buf, l4, length);
            case IpPacket.UDP -> {
                if (length < 8) {
                    out.append("[|udp]");
                } else {
                    out.append("UDP, length ").append(Math.max(buf.getUnsignedShort(l4 + 4) - 8, 0));
                }
            }
            case IpPacket.ICMP -> appendIcmp(out, buf, l4, length);
            case IpPacket.ICMPV6 -> appendIcmpv6(out, buf, l4, length);
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
            case IpPacket.ICMP -> "icmp";
            case IpPacket.TCP -> "tcp";
            case IpPacket.UDP -> "udp";
            case IpPacket.ICMPV6 -> "icmp6";
            default -> "ip-proto-" + protocol;
        };
    }
}
