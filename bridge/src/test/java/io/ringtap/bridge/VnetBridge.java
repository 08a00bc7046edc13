/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.ringtap.channel.FramePort;
import io.ringtap.channel.FramePorts;
import io.ringtap.ethernet.FrameBatch;
import io.ringtap.internal.unix.NetworkNamespace;
import io.ringtap.loop.FrameLoop;
import io.ringtap.testkit.TestNamespace;
import org.junit.jupiter.api.AfterEach;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

import static org.assertj.core.api.Assertions.assertThat;

/** A bridge between taps or interfaces with different vnet headers, and a host on each, a network stack of Linux. */
abstract class VnetBridge {
    /** What the keys of a port begin with that is an interface of the host instead of a tap. */
    static final String NIC = "(packet|xdp)";
    static final int PORT = 7000;
    static final int SOON = 10_000;
    static final int TRANSFER = 6 << 20;
    static final int SEGMENT = 1000;
    static final int SEGMENTS = 40;
    static final int LONGEST_FRAME = 1514 + 24;

    final RecordingListener listener = new RecordingListener();
    final List<TestNamespace> hosts = new ArrayList<>();
    final List<SuperFrameCounter> counters = new ArrayList<>();
    /** Where the interfaces are that packet sockets are opened on; {@code null} without any. */
    TestNamespace cables;
    EventLoopGroup group;
    Bridge bridge;

    /** The first handler of a pipeline. It counts the frames that are longer than the MTU. */
    static final class SuperFrameCounter extends ChannelDuplexHandler {
        final AtomicLong received = new AtomicLong();
        final AtomicLong sent = new AtomicLong();

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            count(received, message);
            ctx.fireChannelRead(message);
        }

        @Override
        public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
            count(sent, message);
            ctx.write(message, promise);
        }

        private static void count(AtomicLong counter, Object message) {
            if (message instanceof FrameBatch batch) {
                for (int i = 0; i < batch.size(); i++) {
                    count(counter, batch.get(i));
                }
            } else if (((ByteBuf) message).readableBytes() > LONGEST_FRAME) {
                counter.incrementAndGet();
            }
        }
    }

    @AfterEach
    void removeAll() throws IOException {
        if (bridge != null) {
            bridge.close();
        }
        if (group != null) {
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
        }
        for (TestNamespace host : hosts) {
            host.close();
        }
        if (cables != null) {
            cables.close();
        }
    }

    void open(int threads, String... keys) throws Exception {
        List<FramePort> ports = new ArrayList<>();
        for (int i = 0; i < keys.length; i++) {
            TestNamespace host = TestNamespace.create(true);
            hosts.add(host);
            ports.add(FramePorts.load().parse(keys[i].matches(NIC + ".*") ? nicPort(i, keys[i])
                : "tap:h" + i + ",up=on,netns=" + host.name() + (keys[i].isEmpty() ? "" : "," + keys[i]),
                PortOptions.KEYS));
        }
        group = new MultiThreadIoEventLoopGroup(threads, FrameLoop.preferred().newFactory());
        bridge = TestBridges.of(ports, listener);
        bridge.open(group).sync();
        for (int i = 0; i < keys.length; i++) {
            SuperFrameCounter counter = new SuperFrameCounter();
            counters.add(counter);
            bridge.ports().get(i).channel().pipeline().addFirst(counter);
            hosts.get(i).ip("address", "add", address(i, 4) + "/24", "dev", "h" + i, "broadcast", "192.0.2.255");
            hosts.get(i).ip("address", "add", address(i, 6) + "/64", "dev", "h" + i, "nodad");
        }
    }

    /** A port that is an interface whose other end is in the namespace of a host. */
    String nicPort(int index, String keys) throws IOException {
        TestNamespace host = hosts.get(index);
        if (cables == null) {
            cables = TestNamespace.create();
        }
        cables.ip("link", "add", "p" + index, "type", "veth", "peer", "name", "h" + index, "netns", host.name());
        cables.ip("link", "set", "p" + index, "up");
        host.ip("link", "set", "h" + index, "up");
        return keys.replaceFirst(NIC, "$1:p" + index + ",netns=" + cables.name());
    }

    /** Addresses that are set aside for documentation: RFC 5737 and RFC 3849. */
    static String address(int host, int version) {
        return (version == 4 ? "192.0.2." : "2001:db8::") + (host + 1);
    }

    void assertNoChecksumErrors() throws IOException {
        for (TestNamespace host : hosts) {
            List<String> counters = NetworkNamespace.call(host.name(), () -> {
                List<String> found = new ArrayList<>();
                for (String file : new String[] {"snmp", "netstat"}) {
                    List<String> lines = Files.readAllLines(Path.of("/proc/thread-self/net", file));
                    for (int i = 0; i < lines.size(); i += 2) {
                        String[] names = lines.get(i).split(" ");
                        String[] values = lines.get(i + 1).split(" ");
                        for (int n = 1; n < names.length; n++) {
                            found.add(names[0] + names[n] + " " + values[n]);
                        }
                    }
                }
                for (String line : Files.readAllLines(Path.of("/proc/thread-self/net/snmp6"))) {
                    found.add(line.replaceAll("\\s+", " "));
                }
                return found;
            });
            assertThat(counters).contains("Tcp:InCsumErrors 0", "Udp:InCsumErrors 0", "Udp6InCsumErrors 0")
                .allSatisfy(counter -> {
                    if (counter.contains("CsumErrors") || counter.startsWith("Tcp:InErrs")) {
                        assertThat(counter).endsWith(" 0");
                    }
                });
        }
    }

    void assertTcpCarries(int from, int to, int version) throws Exception {
        InetAddress address = InetAddress.getByName(address(to, version));
        byte[] sent = new byte[TRANSFER];
        new Random(from * 10 + version).nextBytes(sent);
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        try (ServerSocket server = NetworkNamespace.call(hosts.get(to).name(),
                 () -> new ServerSocket(PORT, 1, address));
             Socket client = NetworkNamespace.call(hosts.get(from).name(), () -> {
                 Socket socket = new Socket();
                 socket.connect(new InetSocketAddress(address, PORT), SOON);
                 return socket;
             });
             Socket peer = server.accept()) {
            peer.setSoTimeout(SOON);
            CompletableFuture<Void> sending = CompletableFuture.runAsync(() -> {
                try (OutputStream out = client.getOutputStream()) {
                    out.write(sent);
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            });
            try (InputStream in = new DigestInputStream(peer.getInputStream(), digest)) {
                assertThat(in.transferTo(OutputStream.nullOutputStream())).isEqualTo(TRANSFER);
            }
            sending.get(SOON, TimeUnit.MILLISECONDS);
        }
        assertThat(digest.digest()).isEqualTo(MessageDigest.getInstance("SHA-256").digest(sent));
    }

    DatagramSocket datagramSocket(int host, InetAddress address) throws IOException {
        DatagramSocket socket = NetworkNamespace.call(hosts.get(host).name(),
            () -> new DatagramSocket(new InetSocketAddress(address, PORT)));
        socket.setSoTimeout(SOON);
        socket.setReceiveBufferSize(1 << 20);
        return socket;
    }

    void assertUdpCarries(int from, int to, int version) throws Exception {
        InetAddress near = InetAddress.getByName(address(from, version));
        InetAddress far = InetAddress.getByName(address(to, version));
        Random random = new Random(version);
        try (DatagramSocket client = datagramSocket(from, near); DatagramSocket server = datagramSocket(to, far)) {
            for (int i = 0; i < 60; i++) {
                // Up to five fragments of IP.
                byte[] payload = new byte[random.nextInt(i % 4 == 0 ? 7000 : 1400)];
                random.nextBytes(payload);
                client.send(new DatagramPacket(payload, payload.length, far, PORT));
                DatagramPacket received = receive(server);
                server.send(received);
                assertThat(bytes(receive(client))).isEqualTo(payload);
            }
        }
        byte[] datagrams = new byte[SEGMENT * SEGMENTS - 1];
        random.nextBytes(datagrams);
        try (DatagramSocket server = datagramSocket(to, far);
             SegmentingUdpSocket client = SegmentingUdpSocket.connect(hosts.get(from),
                 new InetSocketAddress(far, PORT), SEGMENT)) {
            client.send(datagrams);
            assertReceives(server, datagrams);
        }
    }

    static void assertReceives(DatagramSocket socket, byte[] datagrams) throws IOException {
        for (int at = 0; at < datagrams.length; at += SEGMENT) {
            assertThat(bytes(receive(socket)))
                .isEqualTo(Arrays.copyOfRange(datagrams, at, Math.min(datagrams.length, at + SEGMENT)));
        }
    }

    static DatagramPacket receive(DatagramSocket socket) throws IOException {
        DatagramPacket packet = new DatagramPacket(new byte[8000], 8000);
        socket.receive(packet);
        return packet;
    }

    static byte[] bytes(DatagramPacket packet) {
        return Arrays.copyOf(packet.getData(), packet.getLength());
    }
}
