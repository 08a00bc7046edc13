/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.vpn;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.DatagramChannel;
import io.ringtap.channel.FramePort;
import io.ringtap.channel.FramePorts;
import io.ringtap.internal.unix.NetworkNamespace;
import io.ringtap.testkit.RequiresTap;
import io.ringtap.testkit.TestNamespace;
import io.ringtap.testsuite.TestLoops;
import io.ringtap.testsuite.TestLoops.TestLoop;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import static io.ringtap.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

/** One end of a tunnel in a namespace. Its peer, and a third party, are sockets of the test in the same namespace. */
@RequiresTap
@ParameterizedClass(name = "{0}")
@MethodSource("loops")
class VpnEndTest {
    @Parameter
    TestLoop loop;

    private TestNamespace namespace;
    private EventLoopGroup group;
    private DatagramSocket peer;
    private DatagramSocket stranger;
    private DatagramSocket user;
    private InetSocketAddress listen;
    private VpnEnd end;

    static Stream<TestLoop> loops() {
        return TestLoops.available().filter(loop -> TunnelSockets.areOn(loop.kind()));
    }

    @BeforeEach
    void open() throws Exception {
        namespace = TestNamespace.create();
        group = loop.get();
        InetAddress local = InetAddress.getByName("127.0.0.1");
        peer = socket(local);
        stranger = socket(local);
        DatagramChannel channel = NetworkNamespace.call(namespace.name(), () -> TunnelSockets.open(loop.kind(), local));
        end = new VpnEnd((InetSocketAddress) peer.getLocalSocketAddress(), report -> { });
        FramePort port = FramePorts.parse("tun:vpn0,up=on,netns=" + namespace.name());
        end.open(group.next(), port, () -> channel, new InetSocketAddress(local, 0));
        listen = channel.localAddress();
        namespace.ip("address", "add", "192.0.2.1/24", "dev", "vpn0");
        user = socket(InetAddress.getByName("192.0.2.1"));
    }

    private DatagramSocket socket(InetAddress address) throws IOException {
        DatagramSocket socket = NetworkNamespace.call(namespace.name(),
            () -> new DatagramSocket(new InetSocketAddress(address, 0)));
        socket.setSoTimeout(10_000);
        return socket;
    }

    @AfterEach
    void close() throws Exception {
        end.close();
        user.close();
        peer.close();
        stranger.close();
        group.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
        namespace.close();
    }

    private static byte[] receive(DatagramSocket socket) throws IOException {
        DatagramPacket datagram = new DatagramPacket(new byte[2000], 2000);
        socket.receive(datagram);
        return Arrays.copyOf(datagram.getData(), datagram.getLength());
    }

    /** A packet of the host, as the peer receives it. */
    private byte[] outgoing(int length) throws IOException {
        user.send(new DatagramPacket(new byte[length], length, new InetSocketAddress("192.0.2.2", 4000)));
        return receive(peer);
    }

    /** The same packet on its way back. */
    private static byte[] returned(byte[] packet) {
        byte[] back = packet.clone();
        System.arraycopy(packet, 12, back, 16, 4);
        System.arraycopy(packet, 16, back, 12, 4);
        System.arraycopy(packet, 20, back, 22, 2);
        System.arraycopy(packet, 22, back, 20, 2);
        return back;
    }

    private void send(DatagramSocket from, byte[] bytes) throws IOException {
        from.send(new DatagramPacket(bytes, bytes.length, listen));
    }

    @Test
    void aPacketIsADatagramBothWays() throws Exception {
        byte[] packet = outgoing(VpnEnd.DEFAULT_MTU - 28);
        assertThat(packet).hasSize(VpnEnd.DEFAULT_MTU);
        assertThat(packet[0]).isEqualTo((byte) 0x45);
        send(peer, returned(packet));
        assertThat(receive(user)).hasSize(VpnEnd.DEFAULT_MTU - 28);
    }

    @Test
    void onlyThePeerIsListenedTo() throws Exception {
        byte[] back = returned(outgoing(10));
        send(stranger, back);
        send(peer, new byte[] {0x35, 1, 2});
        send(peer, new byte[0]);
        send(peer, Arrays.copyOf(returned(outgoing(10)), VpnEnd.DEFAULT_MTU + 1));
        await("all are counted", () -> end.counters().contains("1 not from the peer")
            && end.counters().contains("2 no packet") && end.counters().contains("1 too long"));
        assertThat(end.tun().stats().txFrames()).isZero();
        send(peer, back);
        assertThat(receive(user)).hasSize(10);
    }

    @Test
    void theEndOfTheDeviceIsTheEnd() throws Exception {
        namespace.ip("link", "del", "vpn0");
        end.closed().get(10, TimeUnit.SECONDS);
    }
}
