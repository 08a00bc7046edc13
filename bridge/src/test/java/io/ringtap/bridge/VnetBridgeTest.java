/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelPipeline;
import io.ringtap.ethernet.DropReason;
import io.ringtap.testkit.PacketBuilder;
import io.ringtap.testkit.RequiresTap;
import io.ringtap.virtio.VirtioNetHeader;
import io.ringtap.virtio.VirtioNetVerdict;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

import static io.ringtap.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * The bridge between ports with different vnet headers and offloads. The hosts are network stacks of Linux, each in a
 * namespace. They count every wrong checksum.
 */
@RequiresTap
class VnetBridgeTest extends VnetBridge {
    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "-", value = {
        // left        right          threads  super-frames: from the left, to the right, from the right, to the left
        "vnet=12      | vnet=12              | 1 | true  | true  | true  | true",
        "vnet=12      | vnet=0               | 2 | true  | false | false | false",
        "vnet=10      | vnet=12              | 1 | true  | true  | true  | true",
        "vnet=auto    | vnet=24              | 2 | true  | true  | true  | true",
        "vnet=12      | vnet=0,gro=on        | 1 | true  | false | false | true",
        "vnet=12      | vnet=12,offloads=none| 1 | true  | true  | false | false",
        "vnet=0       | vnet=0               | 1 | false | false | false | false",
        "packet,vnet=12 | packet,vnet=12     | 1 | true  | true  | true  | true",
        "packet,vnet=10 | vnet=12            | 2 | true  | true  | true  | true",
        "packet,vnet=0 | packet,vnet=auto    | 2 | false | false | true  | false",
        "packet,vnet=0 | packet,vnet=0       | 1 | false | false | false | false",
        "xdp           | xdp                 | 1 | false | false | false | false",
        "xdp           | vnet=12             | 2 | false | false | true  | false",
        "xdp           | packet,vnet=12      | 1 | false | false | true  | false",
    })
    void carriesTcpAndUdpWithoutAChecksumError(String left, String right, int threads, boolean fromLeft,
                                               boolean toRight, boolean fromRight, boolean toLeft) throws Exception {
        open(threads, left, right);
        for (int version : new int[] {4, 6}) {
            assertTcpCarries(0, 1, version);
            assertTcpCarries(1, 0, version);
            assertUdpCarries(0, 1, version);
            assertUdpCarries(1, 0, version);
        }
        assertNoChecksumErrors();
        assertThat(counters.get(0).received.get() > 0).as("super-frames from the left").isEqualTo(fromLeft);
        assertThat(counters.get(1).sent.get() > 0).as("super-frames to the right").isEqualTo(toRight);
        assertThat(counters.get(1).received.get() > 0).as("super-frames from the right").isEqualTo(fromRight);
        assertThat(counters.get(0).sent.get() > 0).as("super-frames to the left").isEqualTo(toLeft);
        for (BridgePort port : bridge.ports()) {
            assertThat(port.stats().malformed()).isEmpty();
            assertThat(port.channel().stats().rxDrops()).isZero();
            assertThat(port.channel().stats().txDrops()).isZero();
        }
        assertThat(listener.reports).isEmpty();
    }

    /** One buffer goes to ports on three event loops, and each needs a different change to it. */
    @Test
    void floodsASuperFrameToPortsOfEveryKind() throws Exception {
        open(3, "vnet=12", "vnet=0", "vnet=10", "vnet=12");
        byte[] datagrams = new byte[SEGMENT * SEGMENTS];
        new Random(9).nextBytes(datagrams);
        InetAddress broadcast = InetAddress.getByName("192.0.2.255");
        List<DatagramSocket> sockets = new ArrayList<>();
        try (SegmentingUdpSocket client = SegmentingUdpSocket.connect(hosts.get(0),
            new InetSocketAddress(broadcast, PORT), SEGMENT)) {
            for (int host = 1; host < hosts.size(); host++) {
                sockets.add(datagramSocket(host, broadcast));
            }
            for (int i = 0; i < 20; i++) {
                client.send(datagrams);
                for (DatagramSocket socket : sockets) {
                    assertReceives(socket, datagrams);
                }
            }
        } finally {
            sockets.forEach(DatagramSocket::close);
        }
        assertThat(counters.get(0).received.get()).isGreaterThanOrEqualTo(20);
        assertThat(counters.get(1).sent.get()).isZero();
        assertThat(counters.get(2).sent.get()).isGreaterThanOrEqualTo(20);
        assertThat(counters.get(3).sent.get()).isGreaterThanOrEqualTo(20);
        assertNoChecksumErrors();
    }

    @Test
    void dropsAndCountsMalformedHeadersByReason() throws Exception {
        open(1, "vnet=12", "vnet=0", "vnet=12");
        ByteBuf message = Unpooled.buffer().writeZero(12).writeBytes(PacketBuilder.tcp(4).build());
        VirtioNetHeader header = bridge.ports().get(0).channel().vnetHeader();
        header.setGsoType(message, 0, VirtioNetHeader.GSO_TCPV4);
        header.setGsoSize(message, 0, 1000);
        ChannelPipeline pipeline = bridge.ports().get(0).channel().pipeline();
        // The event loop thread reads it, so this thread continues with another.
        pipeline.fireChannelRead(message.copy()).fireChannelReadComplete();
        header.setFlags(message, 0, VirtioNetHeader.NEEDS_CSUM);
        header.setCsumStart(message, 0, 20_000);
        pipeline.fireChannelRead(message).fireChannelReadComplete();
        pipeline.channel().eventLoop().submit(() -> { }).sync();

        BridgePort plain = bridge.ports().get(1);
        assertThat(plain.stats().malformed()).isEqualTo(Map.of(VirtioNetVerdict.GSO_WITHOUT_CSUM, 1L,
            VirtioNetVerdict.CSUM_OUT_OF_FRAME, 1L));
        assertThat(plain.channel().stats().txDropsByReason()).isEqualTo(Map.of(DropReason.MALFORMED, 2L));
        // If the bridge changes nothing between two ports, the kernel decides.
        BridgePort equal = bridge.ports().get(2);
        assertThat(equal.stats().malformed()).isEmpty();
        assertThat(equal.channel().stats().txDropsByReason()).containsOnlyKeys(DropReason.REFUSED);
        assertThat(listener.reports).isEmpty();
    }

    /**
     * One super-frame can become 8192 frames. The queue of frames that come meanwhile is bounded, and these frames are
     * correct.
     */
    @Test
    void dropsAndCountsSuperFramesThatComeWhileOneIsBeingCutUp() throws Exception {
        open(1, "vnet=12", "vnet=0", "vnet=0");
        int segments = 8185;
        PacketBuilder packet = PacketBuilder.tcp(4).payload(new byte[segments * 8]);
        ByteBuf message = packet.partial().build(12);
        VirtioNetHeader header = bridge.ports().get(0).channel().vnetHeader();
        header.setFlags(message, 0, VirtioNetHeader.NEEDS_CSUM);
        header.setGsoType(message, 0, VirtioNetHeader.GSO_TCPV4);
        header.setGsoSize(message, 0, 8);
        header.setCsumStart(message, 0, packet.transportOffset());
        header.setCsumOffset(message, 0, packet.checksumOffset());
        ChannelPipeline pipeline = bridge.ports().get(0).channel().pipeline();
        pipeline.channel().eventLoop().submit(() -> {
            for (int i = 0; i < 3; i++) {
                pipeline.fireChannelRead(message.copy());
            }
            pipeline.fireChannelReadComplete();
        }).sync();
        message.release();
        for (int port = 1; port <= 2; port++) {
            BridgePort plain = bridge.ports().get(port);
            await("all segments are sent", () -> plain.channel().stats().txFrames() >= segments);
            assertThat(plain.channel().stats().txDropsByReason()).isEqualTo(Map.of(DropReason.CONGESTED, 2L));
            assertThat(plain.stats().malformed()).isEmpty();
        }
        assertThat(listener.reports).isEmpty();
    }
}
