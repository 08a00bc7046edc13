/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.ethernet;

/** Why a frame was dropped: the key of the drop counters in the statistics of a channel. */
public enum DropReason {
    /** Received: longer than any frame this device may carry, so that a part of it was cut off. */
    TRUNCATED("truncated"),
    /** Received or sent: it is not a valid frame, or contradicts its virtio-net header. */
    MALFORMED("malformed"),
    /** Sent: the interface is down. */
    DOWN("down"),
    /** Sent: the device refused it as invalid, for example because it is shorter than an Ethernet header. */
    REFUSED("refused"),
    /** Received or sent: there was no memory for it. */
    NO_BUFFERS("no-buffers"),
    /** Sent: too long for the device. */
    TOO_LONG("too-long"),
    /** Sent: the channel was over its high watermark, and the writer chose to drop the frame instead of waiting. */
    CONGESTED("congested"),
    /** Sent: the channel was closed before the device took it. Received: its receiver was not there yet. */
    CLOSED("closed"),
    /** Received or sent: its port of a bridge is muted by somebody, or blocked for a while because of a storm. */
    MUTED("muted"),
    /** Received: from a sender that the port does not listen to. */
    STRANGER("stranger"),
    /** Received: of another virtual network than that of the port. */
    WRONG_NETWORK("wrong-network"),
    /** Sent: there is nobody to send it to, or no route there. */
    UNREACHABLE("unreachable");

    private final String label;

    DropReason(String label) {
        this.label = label;
    }

    /** A short lower-case name, for tables and metrics. */
    public String label() {
        return label;
    }
}
