/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.ethernet;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;

import static io.ringtap.ethernet.SampleFrames.hex;
import static org.assertj.core.api.Assertions.assertThat;

/** Packets without an Ethernet header. {@link FrameLoggingHandlerTest} tests Ethernet frames. */
class FrameSummaryTest {
    private static String summary(ByteBuf packet, int offset) {
        StringBuilder out = new StringBuilder();
        FrameSummary.appendIp(out, packet, offset);
        return out.toString();
    }

    private static String summaryOfPacketIn(String frame) {
        ByteBuf buf = hex(frame);
        return summary(buf, EthernetFrame.payloadOffset(buf, 0));
    }

    private static String packetOf(String frame) {
        StringBuilder whole = new StringBuilder();
        FrameSummary.append(whole, hex(frame), 0);
        // After the Ethernet header.
        return whole.substring(whole.indexOf(": ") + 2);
    }

    @Test
    void packetsOfBothVersionsAreDescribedAsInAFrame() {
        assertThat(summaryOfPacketIn(SampleFrames.ECHO_REQUEST))
            .isEqualTo("IP " + packetOf(SampleFrames.ECHO_REQUEST)).contains("ICMP echo request");
        assertThat(summaryOfPacketIn(SampleFrames.UDP6))
            .isEqualTo("IP6 " + packetOf(SampleFrames.UDP6)).contains("UDP, length");
    }

    @Test
    void otherOctetsAreNoPacket() {
        assertThat(summary(Unpooled.EMPTY_BUFFER, 0)).isEqualTo("no IP packet, length 0");
        assertThat(summary(Unpooled.wrappedBuffer(new byte[] {0x55, 0}), 0)).isEqualTo("no IP packet, length 2");
        assertThat(summary(Unpooled.wrappedBuffer(new byte[] {0x45, 0}), 0)).isEqualTo("[|ip]");
    }
}
