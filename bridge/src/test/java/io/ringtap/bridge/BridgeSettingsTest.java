/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ringtap.channel.FramePorts;
import io.ringtap.ethernet.DropReason;
import io.ringtap.ethernet.FrameDirection;
import io.ringtap.ethernet.MacAddress;
import io.ringtap.pcap.CapturedPacket;
import io.ringtap.pcap.PcapReader;
import io.ringtap.pcap.PcapWriter;
import io.ringtap.testkit.PacketBuilder;
import io.ringtap.virtio.VirtioNetHeader;
import io.ringtap.virtio.VnetHeaderLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.Map;

import static io.ringtap.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Static stations, mirrors, counters and settings of a bridge. */
class BridgeSettingsTest extends PipeBridge {
    @Test
    void malformedFramesAreCountedOnceWhereverTheyAreFound() throws Exception {
        open(2, Bridge.builder().insideHeader(VnetHeaderLength.MERGEABLE));
        BridgePort third = bridge.addPort(port(2, ",vnet=12")).sync().getNow();
        host(2, ",vnet=12");
        PacketBuilder packet = PacketBuilder.tcp(4).payload(new byte[SEGMENT * SEGMENTS]);
        ByteBuf wrong = superFrame(packet);
        VirtioNetHeader.of(VnetHeaderLength.MERGEABLE).setCsumStart(wrong, 0, 9000);
        hosts.get(2).writeAndFlush(wrong).sync();
        await("both have dropped it", () -> bridge.stats().ports().stream().limit(2)
            .allMatch(port -> port.txDrops().getOrDefault(DropReason.MALFORMED, 0L) == 1));
        assertThat(bridge.stats().ports().get(0).malformed().values()).containsExactly(1L);
        // Too short for an Ethernet header, which the first port notices on its way in.
        send(0, new byte[10]);
        BridgePort first = bridge.ports().get(0);
        await("it is dropped", () -> first.stats().rxDrops().equals(Map.of(DropReason.MALFORMED, 1L)));
        assertThat(first.stats().malformed().values()).containsExactly(1L, 1L);
        assertThat(third.stats().rxDrops()).isEmpty();
        assertThat(listener.reports).isEmpty();
    }

    @Test
    void staticStationsStayAndLearnedOnesAreFlushed() throws Exception {
        open(3);
        BridgePort second = bridge.ports().get(1);
        bridge.setStation(MacAddress.of(STATION_B), second);
        assertPasses(0, 1, frame(STATION_B, STATION_A, 1));
        assertThat(received.get(2).staysQuiet()).isTrue();
        // The station sends from another port, and stays at the port that was set.
        assertPasses(2, 0, frame(STATION_A, STATION_B, 2));
        assertPasses(0, 1, frame(STATION_B, STATION_A, 3));
        assertThat(bridge.stats().moved()).isZero();

        assertPasses(2, 0, frame(STATION_A, STATION_C, 4));
        bridge.flushStations(bridge.ports().get(0));
        assertThat(bridge.stations()).extracting(Station::address).containsExactlyInAnyOrder(
            MacAddress.of(STATION_B), MacAddress.of(STATION_C));
        bridge.flushStations();
        assertThat(bridge.stations()).containsExactly(
            new Station(MacAddress.of(STATION_B), second, bridge.stations().get(0).ageSeconds(), 0, null, true));
        bridge.removePort(second).sync();
        assertThat(bridge.stations()).isEmpty();
        assertThatThrownBy(() -> bridge.setStation(MacAddress.of(STATION_B), second))
            .hasMessageContaining("is no port of this bridge");
        assertThatThrownBy(() -> bridge.setStation(MacAddress.of(BROADCAST), bridge.ports().get(0)))
            .hasMessageContaining("is the address of a group");
        bridge.setStation(MacAddress.of(STATION_B), bridge.ports().get(0));
        assertThat(bridge.removeStation(MacAddress.of(STATION_B))).isTrue();
        assertThat(bridge.removeStation(MacAddress.of(STATION_B))).isFalse();
    }

    @Test
    void aMirroredPortIsCaptured(@TempDir Path folder) throws Exception {
        open(2);
        Path file = folder.resolve("port.pcapng");
        PcapWriter capture = PcapWriter.to(file).open();
        bridge.addPort(FramePorts.load().parse(port(2, ",vnet=12"), PortOptions.KEYS),
            PortOptions.builder().mirrorTo(capture).build()).sync();
        host(2, ",vnet=12");
        byte[] in = frame(BROADCAST, STATION_C, 1);
        hosts.get(2).writeAndFlush(Unpooled.buffer().writeZero(12).writeBytes(in)).sync();
        assertThat(received.get(0).next()).isEqualTo(in);
        byte[] out = frame(STATION_C, STATION_A, 2);
        send(0, out);
        assertThat(received.get(2).next()).endsWith(out);
        bridge.close();
        capture.close();
        try (PcapReader reader = PcapReader.open(file)) {
            assertPacket(reader.next(), in, FrameDirection.INBOUND);
            assertPacket(reader.next(), out, FrameDirection.OUTBOUND);
            assertThat(reader.next()).isNull();
        }
    }

    private static void assertPacket(CapturedPacket packet, byte[] frame, FrameDirection direction) {
        assertThat(packet.data()).isEqualTo(Unpooled.wrappedBuffer(frame));
        assertThat(packet.direction()).isEqualTo(direction);
        packet.data().release();
    }

    @Test
    void wrongSettingsAreRefusedWhereTheyAreMade() {
        BridgeBuilder builder = Bridge.builder();
        assertThatThrownBy(() -> builder.maxStations(0)).hasMessageContaining("max addresses 0");
        assertThatThrownBy(() -> builder.ageingSeconds(0)).hasMessageContaining("ageing of 0 s");
        assertThatThrownBy(() -> builder.port("tun:rt0")).hasMessageContaining("this port carries IP packets");
        builder.port(port(0));
        assertThatThrownBy(() -> builder.port(port(0, ",lent=5"))).hasMessageContaining("this is the same port as");
    }

    @Test
    void dropsAreToldOfOnceASecond() throws Exception {
        open(2);
        BridgePort port = bridge.ports().get(0);
        // Too short for an Ethernet header.
        send(0, new byte[10]);
        await("it is told", () -> listener.events.contains("dropped " + port + " INBOUND MALFORMED 1"));
        assertThat(port.stats().rxDrops()).isEqualTo(Map.of(DropReason.MALFORMED, 1L));
    }
}
