/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.echo;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.ringtap.ethernet.EtherType;
import io.ringtap.ethernet.MacAddress;
import io.ringtap.virtio.InternetChecksum;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;

import static org.assertj.core.api.Assertions.assertThat;

class EchoHandlerTest {
    private static final MacAddress HOST = MacAddress.parse("02:00:00:00:00:09");
    private static final MacAddress PEER = MacAddress.parse("02:00:00:00:00:01");
    private static final String HOST4 = "192.0.2.9";
    private static final String PEER4 = "192.0.2.1";
    private static final String HOST6 = "2001:db8::aa:bb09";
    private static final String PEER6 = "2001:db8::1";
    private static final String GROUP6 = "ff02::1:ffaa:bb09";
    private static final String GROUP_MAC = "33:33:ff:aa:bb:09";
    private static final int IP = 14;
    private static final int ICMP4 = IP + 20;
    private static final int ICMP6 = IP + 40;

    private EmbeddedChannel channel;

    @BeforeEach
    void open() throws UnknownHostException {
        channel = new EmbeddedChannel(new EchoHandler(HOST, (Inet4Address) InetAddress.getByName(HOST4),
            (Inet6Address) InetAddress.getByName(HOST6)));
    }

    @AfterEach
    void close() {
        channel.finishAndReleaseAll();
    }

    private static byte[] address(String text) throws UnknownHostException {
        return InetAddress.getByName(text).getAddress();
    }

    private static ByteBuf ethernet(MacAddress to, MacAddress from, int type) {
        ByteBuf frame = Unpooled.buffer(128);
        to.write(frame);
        from.write(frame);
        return frame.writeShort(type);
    }

    private static ByteBuf ping4(MacAddress to, String from, String host) throws UnknownHostException {
        ByteBuf frame = ethernet(to, PEER, EtherType.IPV4);
        frame.writeShort(0x4500).writeShort(20 + 8 + 9).writeInt(0x1234_4000).writeByte(3).writeByte(1).writeShort(0);
        frame.writeBytes(address(from)).writeBytes(address(host));
        frame.writeInt(0x0800_0000).writeInt(0x0007_0001).writeBytes("nine octe".getBytes());
        seal4(frame);
        return frame;
    }

    private static void seal4(ByteBuf frame) {
        frame.setShort(IP + 10, 0).setShort(IP + 10, InternetChecksum.checksum(frame, IP, 20));
        frame.setShort(ICMP4 + 2, 0).setShort(ICMP4 + 2, InternetChecksum.checksum(frame, ICMP4, 17));
    }

    private static ByteBuf icmp6(MacAddress to, String from, String host, ByteBuf message) throws UnknownHostException {
        ByteBuf frame = ethernet(to, PEER, EtherType.IPV6);
        int length = message.readableBytes();
        frame.writeInt(0x6000_0000).writeShort(length).writeByte(58).writeByte(255);
        frame.writeBytes(address(from)).writeBytes(address(host)).writeBytes(message);
        message.release();
        seal6(frame, length);
        return frame;
    }

    private static void seal6(ByteBuf frame, int length) {
        frame.setShort(ICMP6 + 2, 0).setShort(ICMP6 + 2, ~InternetChecksum.add(
            InternetChecksum.sum(frame, ICMP6, length),
            InternetChecksum.pseudoHeader6(frame, IP + 8, IP + 24, 58, length)));
    }

    private static ByteBuf ping6(MacAddress to, String from, String host) throws UnknownHostException {
        return icmp6(to, from, host, Unpooled.buffer().writeInt(128 << 24).writeInt(0x0007_0001).writeLong(5));
    }

    private static ByteBuf solicitation(String to, String from, String host, String target)
        throws UnknownHostException {
        ByteBuf message = Unpooled.buffer().writeInt(135 << 24).writeInt(0).writeBytes(address(target));
        PEER.write(message.writeShort(0x0101));
        return icmp6(MacAddress.parse(to), from, host, message);
    }

    private static ByteBuf arp(String to, String from, String host) throws UnknownHostException {
        ByteBuf frame = ethernet(MacAddress.parse(to), PEER, EtherType.ARP).writeLong(0x0001_0800_0604_0001L);
        PEER.write(frame);
        frame.writeBytes(address(from)).writeZero(6).writeBytes(address(host));
        return frame.writeZero(18);
    }

    private ByteBuf answerTo(ByteBuf request) {
        channel.writeInbound(request);
        return channel.readOutbound();
    }

    private void assertNoAnswer(ByteBuf request) {
        ByteBuf answer = answerTo(request);
        boolean answered = answer != null;
        if (answered) {
            answer.release();
        }
        assertThat(answered).as("answered").isFalse();
    }

    private static void assertTo(ByteBuf answer, MacAddress to) {
        assertThat(answer).isNotNull();
        assertThat(MacAddress.get(answer, 0)).isEqualTo(to);
        assertThat(MacAddress.get(answer, 6)).isEqualTo(HOST);
    }

    @Test
    void answersAnEcho() throws Exception {
        ByteBuf answer = answerTo(ping4(HOST, PEER4, HOST4));
        assertTo(answer, PEER);
        ByteBuf expected = ping4(HOST, HOST4, PEER4);
        expected.setByte(IP + 8, 64).setShort(ICMP4, 0);
        seal4(expected);
        assertThat(answer.slice(IP, 37)).isEqualTo(expected.slice(IP, 37));
        answer.release();
        expected.release();
    }

    @Test
    void answersAnEchoOverIpv6() throws Exception {
        ByteBuf answer = answerTo(ping6(HOST, PEER6, HOST6));
        assertTo(answer, PEER);
        ByteBuf expected = ping6(HOST, HOST6, PEER6);
        expected.setByte(IP + 7, 64).setByte(ICMP6, 129);
        seal6(expected, 16);
        assertThat(answer.slice(IP, 56)).isEqualTo(expected.slice(IP, 56));
        answer.release();
        expected.release();
    }

    @ParameterizedTest
    @CsvSource({"ff:ff:ff:ff:ff:ff,192.0.2.1", "02:00:00:00:00:09,192.0.2.1", "ff:ff:ff:ff:ff:ff,0.0.0.0"})
    void answersArpRequestsAndProbes(String to, String from) throws Exception {
        ByteBuf answer = answerTo(arp(to, from, HOST4));
        assertTo(answer, PEER);
        assertThat(answer.getLong(IP)).isEqualTo(0x0001_0800_0604_0002L);
        assertThat(MacAddress.get(answer, IP + 8)).isEqualTo(HOST);
        assertThat(answer.slice(IP + 14, 4)).isEqualTo(Unpooled.wrappedBuffer(address(HOST4)));
        assertThat(MacAddress.get(answer, IP + 18)).isEqualTo(PEER);
        assertThat(answer.slice(IP + 24, 4)).isEqualTo(Unpooled.wrappedBuffer(address(from)));
        answer.release();
    }

    @ParameterizedTest
    @CsvSource({GROUP_MAC + ',' + GROUP6, "02:00:00:00:00:09," + HOST6, "02:00:00:00:00:09," + GROUP6})
    void answersSolicitations(String to, String host) throws Exception {
        ByteBuf answer = answerTo(solicitation(to, PEER6, host, HOST6));
        assertTo(answer, PEER);
        assertThat(answer.getUnsignedByte(ICMP6)).isEqualTo((short) 136);
        assertThat(answer.slice(IP + 8, 16)).isEqualTo(Unpooled.wrappedBuffer(address(HOST6)));
        assertThat(answer.slice(IP + 24, 16)).isEqualTo(Unpooled.wrappedBuffer(address(PEER6)));
        assertThat(answer.getUnsignedByte(IP + 7)).isEqualTo((short) 255);
        answer.release();
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "0.1.2.3", "127.0.0.1", "224.0.0.1", "239.255.255.255", "255.255.255.255",
        HOST4})
    void answersNoEchoFromAnAddressThatNoOtherHostHas(String from) throws Exception {
        assertNoAnswer(ping4(HOST, from, HOST4));
        if (!from.equals("0.0.0.0")) {
            assertNoAnswer(arp("ff:ff:ff:ff:ff:ff", from, HOST4));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"::", "::1", "ff02::1", "ff0e::1", HOST6})
    void answersNothingFromAnIpv6AddressThatNoOtherHostHas(String from) throws Exception {
        assertNoAnswer(ping6(HOST, from, HOST6));
        assertNoAnswer(solicitation(GROUP_MAC, from, GROUP6, HOST6));
    }

    @ParameterizedTest
    @ValueSource(strings = {"192.0.2.1", "224.0.0.1", "255.255.255.255", "192.0.2.255"})
    void answersNoEchoToAnotherHostOrAGroup(String host) throws Exception {
        assertNoAnswer(ping4(HOST, PEER4, host));
    }

    @ParameterizedTest
    @ValueSource(strings = {"02:00:00:00:00:08", "ff:ff:ff:ff:ff:ff", "01:00:5e:00:00:01", GROUP_MAC})
    void answersNoEchoInAFrameToAnotherStationOrAGroup(String to) throws Exception {
        assertNoAnswer(ping4(MacAddress.parse(to), PEER4, HOST4));
        assertNoAnswer(ping6(MacAddress.parse(to), PEER6, HOST6));
        assertNoAnswer(ping6(MacAddress.parse(to), PEER6, GROUP6));
    }

    @ParameterizedTest
    @ValueSource(strings = {"02:00:00:00:00:08", "01:00:5e:00:00:01", GROUP_MAC})
    void answersNoArpRequestToAnotherStationOrGroup(String to) throws Exception {
        assertNoAnswer(arp(to, PEER4, HOST4));
    }

    @ParameterizedTest
    @CsvSource({"02:00:00:00:00:08," + GROUP6, "ff:ff:ff:ff:ff:ff," + GROUP6, "33:33:ff:00:00:09," + GROUP6,
        GROUP_MAC + ',' + HOST6, GROUP_MAC + ",ff02::1"})
    void answersNoSolicitationThatWasNotForIt(String to, String host) throws Exception {
        assertNoAnswer(solicitation(to, PEER6, host, HOST6));
    }

    @ParameterizedTest
    @ValueSource(strings = {"01:00:5e:00:00:01", "ff:ff:ff:ff:ff:ff", "00:00:00:00:00:00", "02:00:00:00:00:09"})
    void answersNothingFromAStationThatIsNone(String from) throws Exception {
        for (ByteBuf request : new ByteBuf[] {ping4(HOST, PEER4, HOST4), ping6(HOST, PEER6, HOST6),
            arp("ff:ff:ff:ff:ff:ff", PEER4, HOST4), solicitation(GROUP_MAC, PEER6, GROUP6, HOST6)}) {
            MacAddress.parse(from).set(request, 6);
            assertNoAnswer(request);
        }
        ByteBuf request = arp("ff:ff:ff:ff:ff:ff", PEER4, HOST4);
        MacAddress.parse(from).set(request, IP + 8);
        assertNoAnswer(request);
    }

    @Test
    void answersNothingWhoseChecksumIsWrong() throws Exception {
        for (int at : new int[] {IP + 1, IP + 4, IP + 8, IP + 10, ICMP4 + 2, ICMP4 + 4, ICMP4 + 16}) {
            ByteBuf request = ping4(HOST, PEER4, HOST4);
            request.setByte(at, request.getByte(at) ^ 0x10);
            assertNoAnswer(request);
        }
        for (int at : new int[] {IP + 23, ICMP6 + 2, ICMP6 + 4, ICMP6 + 15}) {
            ByteBuf request = ping6(HOST, PEER6, HOST6);
            request.setByte(at, request.getByte(at) ^ 0x10);
            assertNoAnswer(request);
        }
        ByteBuf request = solicitation(GROUP_MAC, PEER6, GROUP6, HOST6);
        request.setByte(ICMP6 + 31, 5);
        assertNoAnswer(request);
    }

    @Test
    void answersNoSolicitationThatARouterPassedOnOrThatIsCutOff() throws Exception {
        ByteBuf hops = solicitation(GROUP_MAC, PEER6, GROUP6, HOST6);
        hops.setByte(IP + 7, 254);
        assertNoAnswer(hops);
        ByteBuf option = solicitation(GROUP_MAC, PEER6, GROUP6, HOST6);
        option.setByte(ICMP6 + 25, 0);
        seal6(option, 32);
        assertNoAnswer(option);
        ByteBuf longer = solicitation(GROUP_MAC, PEER6, GROUP6, HOST6);
        longer.setByte(ICMP6 + 25, 2);
        seal6(longer, 32);
        assertNoAnswer(longer);
        ByteBuf code = solicitation(GROUP_MAC, PEER6, GROUP6, HOST6);
        code.setByte(ICMP6 + 1, 1);
        seal6(code, 32);
        assertNoAnswer(code);
    }

    @ParameterizedTest
    @CsvSource({"0,2", "3,6", "4,8", "5,6", "7,2", "7,9"})
    void answersNoArpPacketOfAnotherKind(int at, int value) throws Exception {
        ByteBuf request = arp("ff:ff:ff:ff:ff:ff", PEER4, HOST4);
        request.setByte(IP + at, value);
        assertNoAnswer(request);
    }
}
