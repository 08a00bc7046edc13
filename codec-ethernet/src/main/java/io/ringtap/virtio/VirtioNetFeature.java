/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.virtio;

import java.util.EnumSet;
import java.util.Set;

/**
 * The feature bits of a virtio network device (VIRTIO 1.2, section 5.1.3; bits 65 to 68 as in Linux's
 * {@code <linux/virtio_net.h>}). The <em>guest</em>, or front end, is the driver; the <em>host</em> is the device
 * behind it, the backend. {@code GUEST_x} says that the front end takes what x names, {@code HOST_x} that the backend
 * does.
 */
public enum VirtioNetFeature {
    /** The backend takes frames with a partial checksum. */
    CSUM(0),
    /** The front end takes frames with a partial checksum. */
    GUEST_CSUM(1),
    /** The front end's offloads can be changed while the device runs. */
    CTRL_GUEST_OFFLOADS(2),
    /** The device advises an MTU. */
    MTU(3),
    /** The device has a MAC address. */
    MAC(5),
    /** Legacy: the backend takes frames with any type of segmentation. */
    GSO(6),
    /** The front end takes TSO over IPv4. */
    GUEST_TSO4(7),
    /** The front end takes TSO over IPv6. */
    GUEST_TSO6(8),
    /** The front end takes TSO with CWR. */
    GUEST_ECN(9),
    /** The front end takes UDP to be fragmented. */
    GUEST_UFO(10),
    /** The backend takes TSO over IPv4. */
    HOST_TSO4(11),
    /** The backend takes TSO over IPv6. */
    HOST_TSO6(12),
    /** The backend takes TSO with CWR. */
    HOST_ECN(13),
    /** The backend takes UDP to be fragmented. */
    HOST_UFO(14),
    /** The front end can merge receive buffers. */
    MRG_RXBUF(15),
    /** The device tells whether the link is up. */
    STATUS(16),
    /** There is a control queue. */
    CTRL_VQ(17),
    /** The control queue takes receive modes. */
    CTRL_RX(18),
    /** The control queue takes VLAN filters. */
    CTRL_VLAN(19),
    /** The front end can announce itself. */
    GUEST_ANNOUNCE(21),
    /** There are several queues. */
    MQ(22),
    /** The control queue takes the MAC address. */
    CTRL_MAC_ADDR(23),
    /** The front end takes UDP segmentation over IPv4. */
    GUEST_USO4(54),
    /** The front end takes UDP segmentation over IPv6. */
    GUEST_USO6(55),
    /** The backend takes UDP segmentation over IPv4 and IPv6. */
    HOST_USO(56),
    /** The device reports a hash per frame. */
    HASH_REPORT(57),
    /** The front end gives hdr_len exactly. */
    GUEST_HDRLEN(59),
    /** Receive side scaling. */
    RSS(60),
    /** The device reports coalesced segments and duplicate acknowledgements. */
    RSC_EXT(61),
    /** The device stands by for another with the same MAC address. */
    STANDBY(62),
    /** The device tells its speed. */
    SPEED_DUPLEX(63),
    /** The front end takes segmentation inside a UDP tunnel. */
    GUEST_UDP_TUNNEL_GSO(65),
    /** The front end takes a partial outer checksum of a UDP tunnel. */
    GUEST_UDP_TUNNEL_GSO_CSUM(66),
    /** The backend takes segmentation inside a UDP tunnel. */
    HOST_UDP_TUNNEL_GSO(67),
    /** The backend takes a partial outer checksum of a UDP tunnel. */
    HOST_UDP_TUNNEL_GSO_CSUM(68);

    private final int bit;

    VirtioNetFeature(int bit) {
        this.bit = bit;
    }

    /** The number of the feature bit. */
    public int bit() {
        return bit;
    }

    /**
     * The features set in a device's words; bits unknown here are left out.
     *
     * @param low bits 0 to 63
     * @param high bits 64 to 127
     */
    public static Set<VirtioNetFeature> ofBits(long low, long high) {
        EnumSet<VirtioNetFeature> features = EnumSet.noneOf(VirtioNetFeature.class);
        for (VirtioNetFeature feature : values()) {
            if (((feature.bit < 64 ? low : high) >>> feature.bit & 1) != 0) {
                features.add(feature);
            }
        }
        return features;
    }
}
