/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vhost.queue;

/**
 * What the two sides of a virtqueue have agreed on (virtio 1.2, section 6).
 *
 * @param packed the ring is a packed one (2.8) and not a split one (2.7)
 * @param indirect a descriptor may point to a table of descriptors
 * @param eventIndex each side says at which entry it wants the next notification
 * @param inOrder the device uses chains in the order in which the driver has made them available
 */
public record QueueFeatures(boolean packed, boolean indirect, boolean eventIndex, boolean inOrder) {
    /** VIRTIO_F_INDIRECT_DESC. */
    public static final long INDIRECT_DESC = 1L << 28;
    /** VIRTIO_F_EVENT_IDX. */
    public static final long EVENT_IDX = 1L << 29;
    /** VIRTIO_F_VERSION_1. */
    public static final long VERSION_1 = 1L << 32;
    /** VIRTIO_F_RING_PACKED. */
    public static final long RING_PACKED = 1L << 34;
    /** VIRTIO_F_IN_ORDER. */
    public static final long IN_ORDER = 1L << 35;

    /** The features of a queue among the negotiated feature bits of its device. */
    public static QueueFeatures of(long bits) {
        return new QueueFeatures((bits & RING_PACKED) != 0, (bits & INDIRECT_DESC) != 0, (bits & EVENT_IDX) != 0,
            (bits & IN_ORDER) != 0);
    }

    /** The feature bits of these features. */
    public long bits() {
        return (packed ? RING_PACKED : 0) | (indirect ? INDIRECT_DESC : 0) | (eventIndex ? EVENT_IDX : 0)
            | (inOrder ? IN_ORDER : 0);
    }
}
