/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.pcap;

/**
 * What the bytes of a captured packet begin with: the values of tcpdump.org's "Link-layer header types" that Ringtap's
 * channels have.
 */
public final class PcapLinkType {
    /** An Ethernet header, as taps and netmap rings carry it. */
    public static final int ETHERNET = 1;
    /** An IPv4 or IPv6 header, as TUN devices carry it. */
    public static final int RAW = 101;
    /** An IPv4 header. */
    public static final int IPV4 = 228;
    /** An IPv6 header. */
    public static final int IPV6 = 229;

    private PcapLinkType() {
    }
}
