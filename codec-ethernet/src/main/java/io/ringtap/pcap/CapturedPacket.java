/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.pcap;

import io.netty.buffer.ByteBuf;
import io.ringtap.ethernet.FrameDirection;

/**
 * A packet out of a capture file.
 *
 * @param timestampNanos since 1970, or {@link #NO_TIMESTAMP} if the file has none for it (a simple packet block)
 * @param data the bytes that were kept, to be released by the owner of the packet
 * @param originalLength how long the packet was on the wire, at least what was kept
 * @param fcsLength how many bytes at the end of the original packet are its frame check sequence, as the file says; 0
 *     if it has none or the file does not say. Channels carry no frame check sequence: {@link #frameLength()}
 * @param linkType what the bytes begin with, as {@link PcapLinkType} numbers it
 * @param interfaceId the number of the interface in its section of the file, 0 in a pcap file
 * @param direction null if the file does not say
 */
public record CapturedPacket(long timestampNanos, ByteBuf data, int originalLength, int fcsLength, int linkType,
                             int interfaceId, FrameDirection direction) {
    /** The time stamp of a packet without one. */
    public static final long NO_TIMESTAMP = Long.MIN_VALUE;

    /** Whether the file says when the packet was captured. */
    public boolean hasTimestamp() {
        return timestampNanos != NO_TIMESTAMP;
    }

    /** How many of the bytes that were kept are the frame, without its frame check sequence. */
    public int frameLength() {
        return Math.min(data.readableBytes(), wholeFrameLength());
    }

    /** Whether the capture kept less than the whole frame. Its frame check sequence does not count. */
    public boolean isTruncated() {
        return data.readableBytes() < wholeFrameLength();
    }

    private int wholeFrameLength() {
        return Math.max(0, originalLength - fcsLength);
    }
}
