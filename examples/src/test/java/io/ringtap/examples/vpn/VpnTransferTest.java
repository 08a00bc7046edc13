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
import io.ringtap.loop.FrameLoop;
import io.ringtap.testkit.RequiresTap;
import io.ringtap.testkit.TestNamespace;
import io.ringtap.testsuite.TestLoops;
import io.ringtap.testsuite.TestLoops.TestLoop;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;

/** Two hosts and a tunnel between them. Each receives what the other sends, and no kernel finds a wrong checksum. */
@RequiresTap
@ParameterizedClass(name = "{0}")
@MethodSource("loops")
class VpnTransferTest {
    private static final int LENGTH = 4 << 20;

    @Parameter
    TestLoop loop;

    private TestNamespace left;
    private TestNamespace right;
    private EventLoopGroup group;
    private VpnEnd leftEnd;
    private VpnEnd rightEnd;

    static Stream<TestLoop> loops() {
        return TestLoops.available().filter(loop -> TunnelSockets.areOn(loop.kind()));
    }

    @BeforeEach
    void makeHosts() throws IOException {
        left = TestNamespace.create(true);
        right = TestNamespace.create(true);
        group = loop.get();
    }

    @AfterEach
    void removeAll() throws Exception {
        leftEnd.close();
        rightEnd.close();
        group.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
        left.close();
        right.close();
    }

    private void open(String leftOptions, String rightOptions) throws Exception {
        InetAddress local = InetAddress.getByName("127.0.0.1");
        // Both sockets are on the loopback of the left host.
        DatagramChannel leftSocket = NetworkNamespace.call(left.name(), () -> TunnelSockets.open(loop.kind(), local));
        DatagramChannel rightSocket = NetworkNamespace.call(left.name(), () -> TunnelSockets.open(loop.kind(), local));
        InetSocketAddress leftAddress = new InetSocketAddress(local, 4001);
        InetSocketAddress rightAddress = new InetSocketAddress(local, 4002);
        leftEnd = new VpnEnd(rightAddress, report -> { });
        rightEnd = new VpnEnd(leftAddress, report -> { });
        leftEnd.open(group.next(), port(left, leftOptions), () -> leftSocket, leftAddress);
        rightEnd.open(group.next(), port(right, rightOptions), () -> rightSocket, rightAddress);
        left.ip("address", "add", "192.0.2.1/24", "dev", "vpn0");
        right.ip("address", "add", "192.0.2.2/24", "dev", "vpn0");
        left.ip("address", "add", "2001:db8::1/64", "dev", "vpn0", "nodad");
        right.ip("address", "add", "2001:db8::2/64", "dev", "vpn0", "nodad");
    }

    private static FramePort port(TestNamespace namespace, String options) {
        return FramePorts.parse("tun:vpn0,up=on,netns=" + namespace.name() + options);
    }

    private void transfer(String to) throws Exception {
        byte[] sent = new byte[LENGTH];
        new Random(8).nextBytes(sent);
        try (ServerSocket server = NetworkNamespace.call(right.name(),
                 () -> new ServerSocket(7000, 1, InetAddress.getByName(to)));
            Socket client = NetworkNamespace.call(left.name(), () -> new Socket(to, 7000));
            Socket accepted = server.accept()) {
            accepted.setSoTimeout(20_000);
            CompletableFuture<Void> sending = CompletableFuture.runAsync(() -> {
                try {
                    client.getOutputStream().write(sent);
                    client.shutdownOutput();
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            });
            assertThat(accepted.getInputStream().readAllBytes()).isEqualTo(sent);
            sending.get(5, TimeUnit.SECONDS);
        }
        assertThat(checksumErrors(left)).isZero();
        assertThat(checksumErrors(right)).isZero();
    }

    /** The counters of TCP and IP: two lines each, names and numbers. */
    private static long checksumErrors(TestNamespace namespace) throws IOException {
        List<String> lines = NetworkNamespace.call(namespace.name(),
            () -> Files.readAllLines(Path.of("/proc/thread-self/net/snmp")));
        long errors = 0;
        for (int i = 0; i + 1 < lines.size(); i += 2) {
            List<String> names = List.of(lines.get(i).split(" "));
            String[] values = lines.get(i + 1).split(" ");
            for (String name : List.of("InCsumErrors", "InHdrErrors", "InErrs")) {
                errors += names.contains(name) ? Long.parseLong(values[names.indexOf(name)]) : 0;
            }
        }
        return errors;
    }

    @ParameterizedTest
    @CsvSource({"192.0.2.2", "2001:db8::2"})
    void whatIsSentArrives(String to) throws Exception {
        open("", "");
        transfer(to);
        if (loop.kind() == FrameLoop.EPOLL) {
            // These are far fewer than the packets of the tunnel: the kernels of the hosts segment nothing, and receive
            // super-frames.
            assertThat(leftEnd.tun().stats().rxFrames()).isLessThan(LENGTH / VpnEnd.DEFAULT_MTU / 2);
            assertThat(rightEnd.tun().stats().txFrames()).isLessThan(LENGTH / VpnEnd.DEFAULT_MTU / 2);
        } else {
            assertThat(leftEnd.tun().vnetHeaderLength()).isZero();
        }
    }

    @Test
    void superFramesOnAnyLoop() throws Exception {
        open(",vnet=10,offloads=all", ",vnet=12,offloads=all");
        transfer("2001:db8::2");
        assertThat(leftEnd.tun().stats().rxFrames()).isLessThan(LENGTH / VpnEnd.DEFAULT_MTU / 2);
    }

    @Test
    void anEndWithoutVnetHeaderGetsAlongWithOneThatHasIt() throws Exception {
        open(",vnet=0", ",vnet=12");
        transfer("192.0.2.2");
        assertThat(leftEnd.tun().vnetHeaderLength()).isZero();
        assertThat(leftEnd.tun().stats().rxFrames()).isGreaterThan(LENGTH / VpnEnd.DEFAULT_MTU);
    }
}
