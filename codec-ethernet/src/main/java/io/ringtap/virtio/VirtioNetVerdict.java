/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.virtio;

import io.ringtap.ethernet.DropReason;

/**
 * What {@link VirtioNetHeaderValidator} and the handlers of this package think of one frame and its header. Everything
 * except {@link #VALID} is the reason why the frame is dropped.
 */
public enum VirtioNetVerdict {
    /** Nothing wrong. */
    VALID("valid"),
    /** The message ends before the virtio-net header does. */
    SHORTER_THAN_HEADER("the message is shorter than the virtio-net header; is the header length the port's?"),
    /** Behind the header there are less than the 14 octets of an Ethernet header, or no octet of an IP packet. */
    FRAME_TOO_SHORT("the frame is shorter than an Ethernet header, or the IP packet is empty"),
    /** More than 65589 octets (VIRTIO 1.2, section 5.1.6.3.1) and two VLAN tags, or 65575 without Ethernet's header. */
    FRAME_TOO_LONG("the frame is longer than 65597 octets, or the IP packet longer than 65575"),
    /** A gso_type that no specification names. */
    UNKNOWN_GSO_TYPE("gso_type is unknown"),
    /** A gso_type, or its ECN bit, that was not negotiated; always so for tunnels. */
    GSO_NOT_NEGOTIATED("gso_type was not negotiated"),
    /** NEEDS_CSUM without its feature. */
    CSUM_NOT_NEGOTIATED("NEEDS_CSUM was not negotiated"),
    /** gso_size is 0, 65535, or less than 8 for TCP (Linux's TCP_MIN_GSO_SIZE) or for UFO. */
    BAD_GSO_SIZE("gso_size is 0, 65535, or too small to segment or fragment by"),
    /** Segmentation without NEEDS_CSUM (VIRTIO 1.2, section 5.1.6.2.1). */
    GSO_WITHOUT_CSUM("gso_type without NEEDS_CSUM"),
    /** ECN with a gso_type that is not TCP. */
    ECN_WITHOUT_TCP("ECN with a gso_type that is not TCP"),
    /** The checksum's range or its two octets lie outside the frame, or outside the IP packet in it. */
    CSUM_OUT_OF_FRAME("csum_start and csum_offset lie outside the frame"),
    /** csum_start lies inside a header, or is not the transport header that is to be segmented. */
    BAD_CSUM_START("csum_start is not where a transport header begins"),
    /** csum_offset is not 16 for TCP or 6 for UDP. */
    BAD_CSUM_OFFSET("csum_offset is not where the protocol has its checksum"),
    /** The frame's ethertype or protocol is not that of gso_type. */
    GSO_PROTOCOL_MISMATCH("gso_type is not the protocol of the frame"),
    /** An IP header that is cut off, longer than the frame, or has extension headers that cannot be followed. */
    BAD_IP_HEADER("the IP header is malformed"),
    /** A fragment that asks for a checksum or for segmentation. */
    FRAGMENTED("the packet is a fragment already"),
    /** A TCP or UDP header that is cut off, or whose length is not that of the packet. */
    BAD_TRANSPORT_HEADER("the TCP or UDP header is malformed"),
    /** More than 128 segments of UDP, counting Ethernet padding, or 8192 of TCP, or 2 MiB of headers for them. */
    TOO_MANY_SEGMENTS("gso_size makes too many segments"),
    /** The frame needs work that a shorter header, or none, cannot ask for. */
    HEADER_LOST("the frame has to be segmented or its checksum completed before its header can be taken away"),
    /** Nothing wrong with the frame; {@link GsoSegmenter} tells how much may wait. */
    CONGESTED("the segments of earlier frames still wait for their turn");

    private final String description;

    VirtioNetVerdict(String description) {
        this.description = description;
    }

    /** What was wrong, in words. */
    public String description() {
        return description;
    }

    /**
     * What a frame with this verdict is counted as.
     *
     * @throws IllegalArgumentException for {@link #VALID}
     */
    public DropReason dropReason() {
        if (this == VALID) {
            throw new IllegalArgumentException("a valid frame is not dropped");
        }
        return this == CONGESTED ? DropReason.CONGESTED : DropReason.MALFORMED;
    }
}
