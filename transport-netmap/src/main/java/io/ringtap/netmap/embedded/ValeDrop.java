/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap.embedded;

/** Why a switch did not deliver a frame: the key of its drop counters. */
public enum ValeDrop {
    /** The receiver's ring was full: a switch never makes a sender wait. */
    NO_SPACE,
    /** The receiver has no receive ring bound. */
    NOT_RECEIVING,
    /** It is for the port it came from, or there is no other port. */
    NO_DESTINATION,
    /** Shorter than an Ethernet header. */
    SHORT,
    /** A slot held an index of no buffer, more bytes than a buffer, or an indirect buffer; or more than 64 slots. */
    BAD_SLOT,
    /** The vnet header is not wholly in the first fragment. */
    BAD_HEADER,
    /**
     * The vnet header asks for what cannot be done for a receiver without one: it contradicts the frame, or names what
     * is unknown.
     */
    OFFLOAD
}
