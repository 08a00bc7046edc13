/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vhost.wire;

/** The extensions of the protocol, each a bit of what a back end offers. */
public enum ProtocolFeature {
    /** Several queues: {@link VhostRequest#GET_QUEUE_NUM}. */
    MQ(0),
    /** The log of written pages is a file: {@link VhostRequest#SET_LOG_BASE}. */
    LOG_SHMFD(1),
    /** {@link VhostRequest#SEND_RARP}. */
    RARP(2),
    /** Any request may ask for a reply. */
    REPLY_ACK(3),
    /** {@link VhostRequest#NET_SET_MTU}. */
    MTU(4),
    /** {@link VhostRequest#SET_BACKEND_REQ_FD}. */
    BACKEND_REQ(5),
    /** {@link VhostRequest#SET_VRING_ENDIAN}. */
    CROSS_ENDIAN(6),
    /** Sessions of a device for cryptography. */
    CRYPTO_SESSION(7),
    /** Migration that fetches pages late. */
    PAGEFAULT(8),
    /** {@link VhostRequest#GET_CONFIG}. */
    CONFIG(9),
    /** {@link VhostRequest#GET_INFLIGHT_FD}. */
    INFLIGHT_SHMFD(12),
    /** {@link VhostRequest#RESET_DEVICE}. */
    RESET_DEVICE(13),
    /** {@link VhostRequest#VRING_KICK}. */
    INBAND_NOTIFICATIONS(14),
    /** {@link VhostRequest#ADD_MEM_REG}. */
    CONFIGURE_MEM_SLOTS(15),
    /** {@link VhostRequest#SET_STATUS}. */
    STATUS(16);

    private final long mask;

    ProtocolFeature(int bit) {
        mask = 1L << bit;
    }

    /** Its bit. */
    public long mask() {
        return mask;
    }

    /** Whether it is in a set of bits. */
    public boolean isIn(long bits) {
        return (bits & mask) != 0;
    }

    /** The bits of several. */
    public static long maskOf(ProtocolFeature... features) {
        long bits = 0;
        for (ProtocolFeature feature : features) {
            bits |= feature.mask;
        }
        return bits;
    }
}
