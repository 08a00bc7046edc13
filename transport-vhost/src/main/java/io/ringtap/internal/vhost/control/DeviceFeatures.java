/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vhost.control;

import io.ringtap.internal.vhost.queue.QueueFeatures;
import io.ringtap.internal.vhost.wire.ProtocolFeature;
import io.ringtap.virtio.VirtioNetFeature;
import io.ringtap.virtio.VirtioNetOffload;
import io.ringtap.virtio.VirtioNetOffloads;

import java.util.Collection;
import java.util.EnumSet;
import java.util.Set;

/** The feature bits that a back end offers, and what those mean that were agreed on. */
public final class DeviceFeatures {
    /** VHOST_F_LOG_ALL: what is written to memory is marked in a log. */
    public static final long LOG_ALL = 1L << 26;
    /** VIRTIO_F_ANY_LAYOUT: a header may lie in one descriptor with the frame behind it. */
    public static final long ANY_LAYOUT = 1L << 27;
    /** VHOST_USER_F_PROTOCOL_FEATURES: no feature of the device, but of the protocol. */
    public static final long PROTOCOL_FEATURES = 1L << 30;

    /** What never depends on an option. */
    private static final long ALWAYS = LOG_ALL | ANY_LAYOUT | PROTOCOL_FEATURES | QueueFeatures.INDIRECT_DESC
        | QueueFeatures.EVENT_IDX | QueueFeatures.VERSION_1 | QueueFeatures.RING_PACKED | QueueFeatures.IN_ORDER
        | bits(EnumSet.of(VirtioNetFeature.MRG_RXBUF, VirtioNetFeature.STATUS, VirtioNetFeature.MTU,
            VirtioNetFeature.CTRL_VQ, VirtioNetFeature.GUEST_ANNOUNCE));

    private static final long PROTOCOL = ProtocolFeature.maskOf(ProtocolFeature.MQ, ProtocolFeature.LOG_SHMFD,
        ProtocolFeature.RARP, ProtocolFeature.REPLY_ACK, ProtocolFeature.MTU, ProtocolFeature.RESET_DEVICE,
        ProtocolFeature.CONFIGURE_MEM_SLOTS, ProtocolFeature.STATUS);

    private DeviceFeatures() {
    }

    private static long bits(Collection<VirtioNetFeature> features) {
        long bits = 0;
        for (VirtioNetFeature feature : features) {
            // The others are those of tunnels, which need more than 64 bits.
            bits |= feature.bit() < Long.SIZE ? 1L << feature.bit() : 0;
        }
        return bits;
    }

    /**
     * What a device offers.
     *
     * @param gives what the guest may leave undone in frames that it sends; nothing if the channel has no vnet header
     * @param takes what the guest may be given undone, if it takes it
     */
    public static long offered(VirtioNetOffloads gives, VirtioNetOffloads takes, int queuePairs) {
        Set<VirtioNetFeature> features = EnumSet.noneOf(VirtioNetFeature.class);
        for (VirtioNetOffload offload : gives.toSet()) {
            features.add(offload.hostFeature());
        }
        for (VirtioNetOffload offload : takes.toSet()) {
            features.add(offload.guestFeature());
        }
        if (gives.contains(VirtioNetOffload.USO4) != gives.contains(VirtioNetOffload.USO6)) {
            // One bit stands for both.
            features.remove(VirtioNetFeature.HOST_USO);
        }
        if (queuePairs > 1) {
            features.add(VirtioNetFeature.MQ);
        }
        return ALWAYS | bits(features);
    }

    /** The extensions of the protocol that a back end offers. */
    public static long protocol() {
        return PROTOCOL;
    }

    /** What a guest takes undone that has accepted these feature bits. */
    public static VirtioNetOffloads takenBy(long features) {
        return VirtioNetOffloads.ofGuestFeatures(VirtioNetFeature.ofBits(features, 0)).honoured();
    }
}
