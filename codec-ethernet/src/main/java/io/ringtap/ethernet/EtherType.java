/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.ethernet;

/**
 * Values of an Ethernet header's type field that Ringtap itself reads, from IANA's "IEEE 802 Numbers" registry.
 */
public final class EtherType {
    /** IPv4, RFC 894. */
    public static final int IPV4 = 0x0800;
    /** Address resolution, RFC 826. */
    public static final int ARP = 0x0806;
    /** IPv6, RFC 2464. */
    public static final int IPV6 = 0x86dd;
    /** A customer VLAN tag, IEEE 802.1Q. */
    public static final int VLAN = 0x8100;
    /** A service VLAN tag, IEEE 802.1ad; stands outside a customer tag. */
    public static final int SERVICE_VLAN = 0x88a8;
    /** Link layer discovery, IEEE 802.1AB. */
    public static final int LLDP = 0x88cc;

    /** The lowest value that is a type; what is below is the length of an 802.3 frame's payload. */
    public static final int LOWEST = 0x0600;

    private EtherType() {
    }

    /** Whether the four bytes that begin with this value are a VLAN tag, another type behind them. */
    public static boolean isVlanTag(int etherType) {
        return etherType == VLAN || etherType == SERVICE_VLAN;
    }

    /** The name tcpdump gives a type, or {@code Unknown}. */
    public static String nameOf(int etherType) {
        return switch (etherType) {
            case IPV4 -> "IPv4";
            case ARP -> "ARP";
            case IPV6 -> "IPv6";
            case VLAN -> "802.1Q";
            case SERVICE_VLAN -> "802.1Q-QinQ";
            case LLDP -> "LLDP";
            default -> "Unknown";
        };
    }
}
