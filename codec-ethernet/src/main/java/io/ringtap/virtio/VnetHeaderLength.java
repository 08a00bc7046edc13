/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.virtio;

/**
 * The lengths a virtio-net header can have, as {@code struct virtio_net_hdr} and its successors in
 * {@code <linux/virtio_net.h>} lay it out. Each longer header begins with all the fields of the shorter ones.
 */
public enum VnetHeaderLength {
    /** No header: the message is the bare Ethernet frame. */
    NONE(0),
    /** {@code virtio_net_hdr}: flags to csum_offset; legacy devices without VIRTIO_NET_F_MRG_RXBUF. */
    LEGACY(10),
    /** {@code virtio_net_hdr_mrg_rxbuf} and {@code virtio_net_hdr_v1}: adds num_buffers. */
    MERGEABLE(12),
    /** {@code virtio_net_hdr_v1_hash}: adds hash_value and hash_report. */
    HASH(20),
    /** {@code virtio_net_hdr_v1_hash_tunnel}: adds the offsets of the outer transport and inner network header. */
    TUNNEL(24);

    private final int bytes;

    VnetHeaderLength(int bytes) {
        this.bytes = bytes;
    }

    /** The length in bytes. */
    public int bytes() {
        return bytes;
    }

    /**
     * The constant for a number of bytes.
     *
     * @throws IllegalArgumentException if no virtio-net header has that length
     */
    public static VnetHeaderLength ofBytes(int bytes) {
        switch (bytes) {
            case 0:
                return NONE;
            case 10:
                return LEGACY;
            case 12:
                return MERGEABLE;
            case 20:
                return HASH;
            case 24:
                return TUNNEL;
            default:
                throw new IllegalArgumentException(
                    "a virtio-net header has 0, 10, 12, 20 or 24 bytes, not " + bytes);
        }
    }
}
