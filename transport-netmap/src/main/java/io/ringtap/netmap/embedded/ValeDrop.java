/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap.embedded;

/** Why a switch did not deliver a frame. Its drop counters have these keys. */
public enum ValeDrop {
    /** The ring of the receiver was full. A switch never makes a sender wait. */
    NO_SPACE,
    /** The receiver has no receive ring bound. */
    NOT_RECEIVING,
    /** The destination is the port that the frame came from, or there is no other port. */
    NO_DESTINATION,
    /** The frame is shorter than an Ethernet header. */
    SHORT,
    /**
     * A slot held an index that is not valid, a length that exceeds the buffer, or an indirect buffer; or the frame has
     * more than 64 slots.
     */
    BAD_SLOT,
    /** The vnet header does not lie wholly in the first fragment. */
    BAD_HEADER,
    /**
     * The vnet header asks for something that cannot be done for a receiver without a header: it contradicts the frame,
     * or it has values that are not known.
     */
    OFFLOAD
}
