/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.ringtap.virtio.LinkLayer;

/** The two kinds of interface that the tun driver makes, with everything in which they differ. */
enum TunKind {
    /** Ethernet frames: each begins with a header of 14 octets, and may have two VLAN tags beyond the MTU. */
    TAP("tap", TapAddress.class, LinuxTun.IFF_TAP, 14, 2 * 4, "it is shorter than an Ethernet header of 14 bytes") {
        @Override
        LinkLayer linkLayer() {
            return LinkLayer.ETHERNET;
        }

        @Override
        TapAddress address(String name) {
            return TapAddress.told(name);
        }
    },
    /** IP packets: each begins with its IPv4 or IPv6 header, and all of its octets count for the MTU. */
    TUN("tun", TunAddress.class, LinuxTun.IFF_TUN, 0, 0, "it begins with neither version of IP, 4 or 6") {
        @Override
        LinkLayer linkLayer() {
            return LinkLayer.RAW_IP;
        }

        @Override
        TunAddress address(String name) {
            return TunAddress.told(name);
        }
    };

    /** The MTU of a new interface: {@code linux/if_ether.h}, ETH_DATA_LEN. */
    static final int DEFAULT_MTU = 1500;

    /** The longest IPv6 packet: its header, and a payload whose length has 16 bits. */
    private static final int MAX_GSO_PACKET = 40 + 65535;
    /** The largest MTU that the tun driver of Linux accepts, with an Ethernet header if there is one. */
    private static final int MAX_MTU = 65535;

    private final String word;
    private final Class<? extends InterfaceAddress> addressType;
    private final int flag;
    private final int header;
    private final int tags;
    private final String malformed;

    TunKind(String word, Class<? extends InterfaceAddress> addressType, int flag, int header, int tags,
            String malformed) {
        this.word = word;
        this.addressType = addressType;
        this.flag = flag;
        this.header = header;
        this.tags = tags;
        this.malformed = malformed;
    }

    /** What a frame begins with. */
    abstract LinkLayer linkLayer();

    /** The address of an interface of this kind by the name that the kernel tells, each byte of it a char. */
    abstract InterfaceAddress address(String name);

    /** The class of its addresses. */
    Class<? extends InterfaceAddress> addressType() {
        return addressType;
    }

    /** The word for this kind in messages, and in front of the name of a port. */
    String word() {
        return word;
    }

    /** IFF_TAP or IFF_TUN. */
    int flag() {
        return flag;
    }

    /** The largest MTU. */
    int maxMtu() {
        return MAX_MTU - header;
    }

    /**
     * The longest frame that is possible with an MTU: with segmentation 65589 octets of Ethernet, as VIRTIO 1.2 says in
     * 5.1.6.3.1, and the VLAN tags.
     */
    int longestFrame(int mtu, boolean segmentation) {
        return Math.max(mtu, segmentation ? MAX_GSO_PACKET : 0) + header + tags;
    }

    /** Why the kernel may refuse a frame as malformed, to continue a sentence. */
    String malformed() {
        return malformed;
    }
}
