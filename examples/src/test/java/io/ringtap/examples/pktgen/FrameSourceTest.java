/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.pktgen;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.util.NetUtil;
import io.ringtap.ethernet.MacAddress;
import io.ringtap.examples.UdpFrame;
import io.ringtap.virtio.VnetHeaderLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class FrameSourceTest {
    private static final MacAddress A = MacAddress.parse("02:00:00:00:00:0a");
    private static final MacAddress B = MacAddress.parse("02:00:00:00:00:0b");

    private static PktgenOptions options(String from, String to, boolean random, int length, int fragments,
                                         byte[] packet) {
        return new PktgenOptions(0, length, 1, 0, EndpointRange.parse(from, A, random),
            EndpointRange.parse(to, B, false), packet, fragments, VnetHeaderLength.NONE);
    }

    private static FrameSource source(PktgenOptions options, int header) {
        return new FrameSource(UnpooledByteBufAllocator.DEFAULT, options, header);
    }

    /** Reads the next frames, and checks that each is complete and correct, and comes after a header of zeros. */
    private static List<String> flows(FrameSource source, int frames, int header, int length) {
        List<String> flows = new ArrayList<>();
        for (int i = 0; i < frames; i++) {
            // The source may return the same buffer again.
            ByteBuf next = source.next();
            ByteBuf frame = next.duplicate();
            assertThat(frame.readableBytes()).isEqualTo(header + length);
            for (int at = 0; at < header; at++) {
                assertThat(frame.readByte()).isZero();
            }
            assertThat(UdpFrame.isValid(frame)).isTrue();
            assertThat(frame.getUnsignedShort(frame.readerIndex() + UdpFrame.UDP + 6)).isNotZero();
            int ip = frame.readerIndex() + UdpFrame.IPV4;
            flows.add(NetUtil.intToIpAddress(frame.getInt(ip + 12)) + ':' + frame.getUnsignedShort(ip + 20) + ' '
                + NetUtil.intToIpAddress(frame.getInt(ip + 16)) + ':' + frame.getUnsignedShort(ip + 22));
            next.release();
        }
        return flows;
    }

    @Test
    void oneFlowIsOneFrame() {
        try (FrameSource source = source(options("10.0.0.1:5", "10.1.0.1", false, 61, 1, null), 0)) {
            ByteBuf first = source.next();
            ByteBuf second = source.next();
            assertThat(second).isSameAs(first);
            first.release(2);
            assertThat(flows(source, 2, 0, 61)).containsExactly("10.0.0.1:5 10.1.0.1:1234", "10.0.0.1:5 10.1.0.1:1234");
        }
    }

    /** In the order of pkt-gen: first the ports of the source, then its addresses, then those of the destination. */
    @ParameterizedTest
    @ValueSource(ints = {60, 61, 1514})
    void rangesAreWalkedThrough(int length) {
        PktgenOptions options = options("10.0.0.1:5-10.0.0.2:6", "10.1.0.255:9-10.1.1.0:9", false, length, 1, null);
        try (FrameSource source = source(options, 12)) {
            List<String> round = List.of(
                "10.0.0.1:5 10.1.0.255:9", "10.0.0.1:6 10.1.0.255:9", "10.0.0.2:5 10.1.0.255:9",
                "10.0.0.2:6 10.1.0.255:9", "10.0.0.1:5 10.1.1.0:9", "10.0.0.1:6 10.1.1.0:9",
                "10.0.0.2:5 10.1.1.0:9", "10.0.0.2:6 10.1.1.0:9");
            assertThat(flows(source, 8, 12, length)).isEqualTo(round);
            assertThat(flows(source, 8, 12, length)).isEqualTo(round);
        }
    }

    @Test
    void addressesHaveNoSign() {
        try (FrameSource source = source(options("127.255.255.255-128.0.0.1", "0.0.0.0", false, 60, 1, null), 0)) {
            assertThat(flows(source, 4, 0, 60)).containsExactly("127.255.255.255:1234 0.0.0.0:1234",
                "128.0.0.0:1234 0.0.0.0:1234", "128.0.0.1:1234 0.0.0.0:1234", "127.255.255.255:1234 0.0.0.0:1234");
        }
    }

    @Test
    void randomSourcesDiffer() {
        try (FrameSource source = source(options("10.0.0.1", "10.1.0.1:7-10.1.0.1:8", true, 60, 1, null), 0)) {
            List<String> flows = flows(source, 100, 0, 60);
            assertThat(new HashSet<>(flows.stream().map(flow -> flow.split(" ")[0]).toList())).hasSizeGreaterThan(90);
            assertThat(new HashSet<>(flows.stream().map(flow -> flow.split(" ")[1]).toList()))
                .containsExactlyInAnyOrder("10.1.0.1:7", "10.1.0.1:8");
        }
    }

    @ParameterizedTest
    @CsvSource({"10.0.0.1, 3", "10.0.0.1-10.0.0.9, 3", "10.0.0.1, 63", "10.0.0.1-10.0.0.9, 63"})
    void aFrameIsInAsManyPieces(String from, int fragments) {
        PktgenOptions options = options(from, "10.1.0.1", false, 100, fragments, null);
        try (FrameSource source = source(options, 10)) {
            ByteBuf frame = source.next();
            assertThat(frame).isInstanceOf(CompositeByteBuf.class);
            assertThat(((CompositeByteBuf) frame).numComponents()).isEqualTo(fragments);
            frame.release();
            assertThat(flows(source, 3, 10, 100)).allMatch(flow -> flow.endsWith(" 10.1.0.1:1234"));
        }
    }

    @Test
    void aPacketOfAFileIsSentAsItIs() {
        byte[] packet = {1, 2, 3, 4, 5};
        PktgenOptions options = options("10.0.0.1-10.0.0.9", "10.1.0.1", true, 60, 2, packet);
        try (FrameSource source = source(options, 10)) {
            for (int i = 0; i < 3; i++) {
                ByteBuf frame = source.next();
                assertThat(ByteBufUtil.hexDump(frame)).isEqualTo("00".repeat(10) + "0102030405");
                frame.release();
            }
        }
    }

    @Test
    void aRangeMayBeWrittenTheOtherWayRound() {
        assertThat(EndpointRange.parse("10.0.0.9:20-10.0.0.1:10", A, false))
            .isEqualTo(EndpointRange.parse("10.0.0.1:10-10.0.0.9:20", A, false));
        assertThat(EndpointRange.parse("10.0.0.1:10-10.0.0.9", A, false).lastPort()).isEqualTo(10);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "10.0.0.1:", "10.0.0.1:65536", "10.0.0.256", "10.0.0", "host", "10.0.0.1-", "-10.0.0.1",
        "10.0.0.1-10.0.0.2-10.0.0.3", "::1", "10.0.0.1:1-2"})
    void whatIsNoRangeIsRefused(String text) {
        assertThatThrownBy(() -> EndpointRange.parse(text, A, false)).isInstanceOf(IllegalArgumentException.class);
    }
}
