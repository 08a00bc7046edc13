/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.virtio;

/**
 * One thing that the giver of a frame may leave for its taker to do. Which direction is meant depends on whose
 * {@link VirtioNetOffloads} it stands in.
 */
public enum VirtioNetOffload {
    /** Complete the checksum. */
    CSUM(0x01, VirtioNetFeature.CSUM, VirtioNetFeature.GUEST_CSUM),
    /** Segment TCP over IPv4. */
    TSO4(0x02, VirtioNetFeature.HOST_TSO4, VirtioNetFeature.GUEST_TSO4),
    /** Segment TCP over IPv6. */
    TSO6(0x04, VirtioNetFeature.HOST_TSO6, VirtioNetFeature.GUEST_TSO6),
    /** Segment TCP that has CWR set. */
    ECN(0x08, VirtioNetFeature.HOST_ECN, VirtioNetFeature.GUEST_ECN),
    /** Fragment UDP, over either IP. */
    UFO(0x10, VirtioNetFeature.HOST_UFO, VirtioNetFeature.GUEST_UFO),
    /** Segment UDP over IPv4. */
    USO4(0x20, VirtioNetFeature.HOST_USO, VirtioNetFeature.GUEST_USO4),
    /** Segment UDP over IPv6. */
    USO6(0x40, VirtioNetFeature.HOST_USO, VirtioNetFeature.GUEST_USO6);

    private final int mask;
    private final VirtioNetFeature hostFeature;
    private final VirtioNetFeature guestFeature;

    VirtioNetOffload(int mask, VirtioNetFeature hostFeature, VirtioNetFeature guestFeature) {
        this.mask = mask;
        this.hostFeature = hostFeature;
        this.guestFeature = guestFeature;
    }

    /** One bit of {@link VirtioNetOffloads#bits}. */
    public int mask() {
        return mask;
    }

    /** The feature by which a backend takes this from the front end. */
    public VirtioNetFeature hostFeature() {
        return hostFeature;
    }

    /** The feature by which a front end takes this from the backend. */
    public VirtioNetFeature guestFeature() {
        return guestFeature;
    }
}
