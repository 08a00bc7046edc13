/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.ethernet.pcap;

import io.netty.buffer.ByteBuf;
import io.ringtap.ethernet.FrameDirection;

/**
 * A packet out of a capture file.
 *
 * @param timestampNanos since 1970; 0 if the file has none for it (a simple packet block)
 * @param data the bytes that were kept; whoever has the packet releases them
 * @param originalLength how long the packet was on the wire, at least what was kept
 * @param linkType what the bytes begin with, as {@link PcapLinkType} numbers it
 * @param interfaceId the number of the interface in its section of the file, 0 in a pcap file
 * @param direction null if the file does not say
 */
public record CapturedPacket(long timestampNanos, ByteBuf data, int originalLength, int linkType, int interfaceId,
                             FrameDirection direction) {
    /** Whether the capture kept less than the whole packet. */
    public boolean isTruncated() {
        return data.readableBytes() < originalLength;
    }
}
