/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.capture;

import io.ringtap.pcap.PcapLinkType;
import io.ringtap.virtio.LinkLayer;

import java.util.Map;

/** The link types of capture files, beside the link layers of ports. */
final class LinkTypes {
    /** Those that one meets, by their names at tcpdump.org. */
    private static final Map<Integer, String> NAMES = Map.ofEntries(Map.entry(0, "NULL"),
        Map.entry(PcapLinkType.ETHERNET, "ETHERNET"), Map.entry(9, "PPP"), Map.entry(PcapLinkType.RAW, "RAW"),
        Map.entry(105, "IEEE802_11"), Map.entry(108, "LOOP"), Map.entry(113, "LINUX_SLL"),
        Map.entry(127, "IEEE802_11_RADIOTAP"), Map.entry(PcapLinkType.IPV4, "IPV4"),
        Map.entry(PcapLinkType.IPV6, "IPV6"), Map.entry(276, "LINUX_SLL2"));

    private LinkTypes() {
    }

    /** What the frames of such a port are in a file. */
    static int of(LinkLayer layer) {
        return layer == LinkLayer.ETHERNET ? PcapLinkType.ETHERNET : PcapLinkType.RAW;
    }

    /** Whether packets of a file can go into such a port as they are. */
    static boolean fits(int linkType, LinkLayer layer) {
        if (layer == LinkLayer.ETHERNET) {
            return linkType == PcapLinkType.ETHERNET;
        }
        return linkType == PcapLinkType.RAW || linkType == PcapLinkType.IPV4 || linkType == PcapLinkType.IPV6;
    }

    /** What a port takes, in words. */
    static String wanted(LinkLayer layer) {
        return layer == LinkLayer.ETHERNET ? "Ethernet frames (ETHERNET)" : "IP packets (RAW, IPV4 or IPV6)";
    }

    /** The name of a link type if it is a common one, and its number. */
    static String name(int linkType) {
        String name = NAMES.get(linkType);
        return name == null ? "link type " + linkType : "link type " + name + " (" + linkType + ")";
    }
}
