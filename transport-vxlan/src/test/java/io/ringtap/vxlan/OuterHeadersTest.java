/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vxlan;

import io.netty.channel.ChannelOption;
import io.ringtap.internal.unix.NativeMemory;
import io.ringtap.internal.unix.NetworkNamespace;
import io.ringtap.internal.unix.SystemCalls;
import io.ringtap.testkit.Await;
import io.ringtap.testkit.PacketBuilder;
import io.ringtap.testsuite.FrameCollector;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;

/** What the packets of the underlay say of a tunnel, as a packet socket at its far end sees them. */
class OuterHeadersTest extends VxlanTest {
    private static final int AF_PACKET = 17;
    private static final int SOCK_DGRAM = 2;
    /** ETH_P_ALL in network order. */
    private static final int ETH_P_ALL = 0x0300;
    private static final int UDP = 17;
    private static final int IPV4 = 20;
    private static final int IPV6 = 40;

    /** The packets of UDP that reach the far end, from the IP header on. */
    private final class Capture implements AutoCloseable {
        private final int socket;
        private final NativeMemory memory = NativeMemory.allocate(2048);
        private final List<byte[]> packets = new ArrayList<>();

        Capture() throws Exception {
            socket = NetworkNamespace.call(underlay.far.name(), () -> SystemCalls.check("socket(AF_PACKET)",
                SystemCalls.nonBlockingSocket(AF_PACKET, SOCK_DGRAM, ETH_P_ALL)));
        }

        private boolean holds(int count) {
            for (long n; (n = SystemCalls.recv(socket, memory, 0)) > 0;) {
                byte[] packet = new byte[(int) n];
                memory.buffer().get(0, packet);
                int version = packet[0] >> 4 & 0xf;
                int ports = version == 4 ? IPV4 : IPV6;
                if (packet[version == 4 ? 9 : 6] == UDP
                    && (packet[ports + 2] << 8 | packet[ports + 3] & 0xff) == VxlanAddress.DEFAULT_PORT) {
                    packets.add(packet);
                }
            }
            return packets.size() >= count;
        }

        @Override
        public void close() {
            SystemCalls.close(socket);
            memory.free();
        }
    }

    /** What goes out for one frame with a traffic class of 0x46. */
    private byte[] sent(boolean ipv6, Object... settings) throws Exception {
        Capture capture = closing(new Capture());
        Map<ChannelOption<?>, Object> all = options(settings);
        String far = ipv6 ? "2001:db8::2" : "192.0.2.2";
        farSocket(far);
        all.put(VxlanChannelOption.REMOTES, List.of(far));
        VxlanChannel channel = open(ipv6 ? "2001:db8::1" : "192.0.2.1", all, new FrameCollector());
        assertThat(write(channel, PacketBuilder.tcp(4).tos(0x46).build())).isNull();
        Await.await("a datagram", () -> capture.holds(1));
        channel.close().sync();
        return capture.packets.get(0);
    }

    @Test
    void whatIsNotSet() throws Exception {
        byte[] packet = sent(false);
        assertThat(packet[8]).as("TTL").isEqualTo((byte) 64);
        assertThat(packet[1]).as("the traffic class inside").isEqualTo((byte) 0x46);
        assertThat(packet[6] & 0x40).as("DF").isEqualTo(0x40);
        assertThat(packet[IPV4 + 6] << 8 | packet[IPV4 + 7]).as("checksum").isNotZero();
    }

    @Test
    void whatIsSet() throws Exception {
        byte[] packet = sent(false, VxlanChannelOption.CHECKSUM, false, VxlanChannelOption.TTL, 7,
            VxlanChannelOption.TOS, 0x88, VxlanChannelOption.DONT_FRAGMENT, false);
        assertThat(packet[8]).as("TTL").isEqualTo((byte) 7);
        assertThat(packet[1] & 0xfc).as("traffic class").isEqualTo(0x88);
        assertThat(packet[6] & 0x40).as("DF").isZero();
        assertThat(packet[IPV4 + 6] << 8 | packet[IPV4 + 7]).as("checksum").isZero();
    }

    @Test
    void overIpv6() throws Exception {
        byte[] packet = sent(true, VxlanChannelOption.CHECKSUM, false, VxlanChannelOption.TTL, 7);
        assertThat(packet[7]).as("hops").isEqualTo((byte) 7);
        assertThat(packet[IPV6 + 6] << 8 | packet[IPV6 + 7]).as("checksum").isZero();
        assertThat((packet[0] << 8 | packet[1] & 0xff) >> 4 & 0xff).as("the traffic class inside").isEqualTo(0x46);
    }
}
