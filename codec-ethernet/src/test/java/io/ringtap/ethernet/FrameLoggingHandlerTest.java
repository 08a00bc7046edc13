/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.ethernet;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.internal.logging.InternalLogLevel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

import static io.ringtap.ethernet.SampleFrames.hex;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Without SLF4J on the class path, Netty logs with java.util.logging, and these tests read that log. */
class FrameLoggingHandlerTest {
    private static final String NAME = "frames";
    private static final String HEAD = "02:00:00:00:00:0a > 02:00:00:00:00:0b, ";

    private final Logger logger = Logger.getLogger(NAME);
    private final List<LogRecord> records = new ArrayList<>();
    private final Handler recorder = new Handler() {
        @Override
        public void publish(LogRecord record) {
            records.add(record);
        }

        @Override
        public void flush() {
        }

        @Override
        public void close() {
        }
    };

    @BeforeEach
    void attach() {
        logger.setUseParentHandlers(false);
        logger.setLevel(Level.FINE);
        logger.addHandler(recorder);
    }

    @AfterEach
    void detach() {
        logger.removeHandler(recorder);
        logger.setLevel(null);
        logger.setUseParentHandlers(true);
    }

    private static EmbeddedChannel channel(int vnetHeaderLength) {
        return new EmbeddedChannel(new FrameLoggingHandler(NAME, InternalLogLevel.DEBUG, vnetHeaderLength));
    }

    private String onlyLine(ByteBuf frame) {
        EmbeddedChannel channel = channel(0);
        records.clear();
        channel.writeInbound(frame);
        assertThat(records).hasSize(1);
        assertThat(channel.<Object>readInbound()).isSameAs(frame);
        String prefix = channel + " READ: ";
        assertThat(records.get(0).getMessage()).startsWith(prefix);
        return records.get(0).getMessage().substring(prefix.length());
    }

    /** The same as tcpdump 4.99, except for the order of tag and type, and for absolute sequence numbers. */
    @Test
    void describesWhatTheFrameCarries() {
        assertThat(onlyLine(hex(SampleFrames.ECHO_REQUEST))).isEqualTo(HEAD + "ethertype IPv4 (0x0800), length 50: "
            + "10.0.0.1 > 10.0.0.2: ICMP echo request, id 7, seq 1, length 16");
        assertThat(onlyLine(hex(SampleFrames.ARP_REQUEST))).isEqualTo("02:00:00:00:00:0a > ff:ff:ff:ff:ff:ff, "
            + "ethertype ARP (0x0806), length 42: Request who-has 10.0.0.2 tell 10.0.0.1, length 28");
        assertThat(onlyLine(hex(SampleFrames.ARP_REPLY))).isEqualTo(HEAD
            + "ethertype ARP (0x0806), length 42: Reply 10.0.0.1 is-at 02:00:00:00:00:0a, length 28");
        assertThat(onlyLine(hex(SampleFrames.TCP_SYN))).isEqualTo(HEAD + "ethertype IPv4 (0x0800), length 54: "
            + "10.0.0.1.22 > 10.0.0.2.55555: Flags [S], seq 1, win 64240, length 0");
        assertThat(onlyLine(hex(SampleFrames.TCP_DATA))).isEqualTo(HEAD
            + "vlan 100, p 3, ethertype IPv4 (0x0800), length 62: "
            + "10.0.0.1.22 > 10.0.0.2.55555: Flags [P.], seq 4294967294:2, ack 5, win 64240, length 4");
        assertThat(onlyLine(hex(SampleFrames.UDP6))).isEqualTo(HEAD
            + "svlan 2, p 0, vlan 3, p 0, DEI, ethertype IPv6 (0x86dd), length 74: "
            + "fe80::1.5353 > ff02::2.5353: UDP, length 4");
        assertThat(onlyLine(hex(SampleFrames.NEIGHBOR_SOLICITATION))).isEqualTo(HEAD
            + "ethertype IPv6 (0x86dd), length 78: "
            + "fe80::1 > ff02::1:ff00:2: ICMP6, neighbor solicitation, who has fe80::2, length 24");
    }

    @Test
    void hasALineForEachFrameOfABatch() {
        EmbeddedChannel channel = channel(0);
        records.clear();
        channel.writeInbound(FrameBatch.newInstance().add(hex(SampleFrames.ARP_REPLY)).add(hex(SampleFrames.UDP6)));
        assertThat(records).extracting(LogRecord::getMessage).satisfiesExactly(
            line -> assertThat(line).contains(" READ: ").contains("ARP"),
            line -> assertThat(line).contains(" READ: ").contains("UDP"));
        assertThat(channel.<FrameBatch>readInbound().release()).isTrue();
    }

    @Test
    void describesFragmentsAndExtensionHeaders() {
        assertThat(onlyLine(hex(SampleFrames.A_TO_B + "0800" + "4500001c000120b9401100000a0000010a000002"
            + "0102030405060708"))).endsWith(": 10.0.0.1 > 10.0.0.2: udp fragment, offset 1480, length 8");
        String addresses = "fe800000000000000000000000000001" + "fe800000000000000000000000000002";
        assertThat(onlyLine(hex(SampleFrames.A_TO_B + "86dd" + "6000000000180040" + addresses
            + "1100010400000000" + "0102030400080000"))).endsWith("fe80::1.258 > fe80::2.772: UDP, length 0");
        assertThat(onlyLine(hex(SampleFrames.A_TO_B + "86dd" + "6000000000102c40" + addresses
            + "1100000900000001" + "0102030400080000"))).endsWith("fe80::2: udp fragment, offset 8, length 8");
    }

    @ParameterizedTest
    @CsvSource({
        "'', '[|ether], length 0'",
        "020000, '[|ether], length 3'",
        "02000000000b02000000000a8100, '[|vlan]'",
        "02000000000b02000000000a0800, '[|ip]'",
        "02000000000b02000000000a080065000014000000004001000001010101020202020, 'IP malformed: version 6'",
        "02000000000b02000000000a08004400001400000000400100000101010102020202, 'IP malformed: version 4, header 16'",
        "02000000000b02000000000a08004500001300000000400100000101010102020202, 'length 19'",
        "02000000000b02000000000a080045000015000000004001000001010101020202020a, '[|icmp]'",
        "02000000000b02000000000a080045000015000000004006000001010101020202020a, '[|tcp]'",
        "02000000000b02000000000a080045000018000000004011000001010101020202020a0b0c0d, '[|udp]'",
        "02000000000b02000000000a0806000108, '[|arp]'",
        "02000000000b02000000000a86dd6000, '[|ip6]'",
        "02000000000b02000000000a0026424203, '802.3, length 17'",
        "02000000000b02000000000a88cc0207, 'ethertype LLDP (0x88cc), length 16'"})
    void describesMalformedFramesAsFarAsTheyGo(String bytes, String expected) {
        assertThat(onlyLine(hex(bytes.substring(0, bytes.length() / 2 * 2)))).contains(expected);
    }

    @Test
    void noBytesMakeItThrow() {
        EmbeddedChannel channel = channel(0);
        List<String> seeds = List.of(SampleFrames.ECHO_REQUEST, SampleFrames.ARP_REQUEST, SampleFrames.TCP_DATA,
            SampleFrames.UDP6, SampleFrames.NEIGHBOR_SOLICITATION);
        Random random = new Random(7);
        for (int i = 0; i < 20_000; i++) {
            ByteBuf frame = hex(seeds.get(random.nextInt(seeds.size())));
            for (int flips = random.nextInt(4); flips > 0; flips--) {
                frame.setByte(12 + random.nextInt(frame.writerIndex() - 12), random.nextInt(256));
            }
            frame.writerIndex(random.nextInt(frame.writerIndex() + 1));
            channel.writeInbound(frame);
            assertThat(channel.<Object>readInbound()).isSameAs(frame);
        }
        assertThat(records).hasSizeGreaterThan(20_000);
    }

    @Test
    void skipsTheVnetHeader() {
        EmbeddedChannel channel = channel(12);
        records.clear();
        channel.writeInbound(Unpooled.buffer().writeZero(12).writeBytes(hex(SampleFrames.ECHO_REQUEST)));
        channel.writeOutbound(Unpooled.buffer().writeZero(10));
        assertThat(records).hasSize(2);
        assertThat(records.get(0).getMessage()).contains("READ: " + HEAD).contains("length 50: 10.0.0.1");
        assertThat(records.get(1).getMessage()).endsWith(" WRITE: [|vnet], length 10");
    }

    @Test
    void passesEveryEventOn() {
        EmbeddedChannel channel = channel(0);
        records.clear();
        channel.pipeline().fireUserEventTriggered("link down");
        channel.bind(new InetSocketAddress(7));
        channel.writeOutbound("no frame");
        assertThat(channel.<Object>readOutbound()).isEqualTo("no frame");
        IllegalStateException cause = new IllegalStateException("boom");
        channel.pipeline().fireExceptionCaught(cause);
        assertThatThrownBy(channel::checkException).isSameAs(cause);
        channel.close();
        assertThat(channel.isOpen()).isFalse();
        assertThat(records).extracting(r -> r.getMessage().substring(r.getMessage().indexOf(']') + 2)).containsExactly(
            "USER_EVENT: link down", "BIND: 0.0.0.0/0.0.0.0:7", "WRITE: no frame",
            "EXCEPTION: java.lang.IllegalStateException: boom", "CLOSE", "INACTIVE");
    }

    @Test
    void survivesAFrameThatWasReleased() {
        EmbeddedChannel channel = channel(0);
        records.clear();
        ByteBuf frame = Unpooled.buffer(64).writeZero(64);
        frame.release();
        channel.pipeline().fireChannelRead(frame);
        assertThat(records.get(0).getMessage()).endsWith("released already");
    }

    @Test
    void saysNothingWhileTheLevelIsOff() {
        logger.setLevel(Level.INFO);
        EmbeddedChannel channel = channel(0);
        ByteBuf frame = hex(SampleFrames.ECHO_REQUEST);
        channel.writeInbound(frame);
        assertThat(channel.<Object>readInbound()).isSameAs(frame);
        channel.close();
        assertThat(records).isEmpty();
    }
}
