/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.ringtap.channel.FramePort;
import io.ringtap.channel.FramePorts;
import io.ringtap.ethernet.DropReason;
import io.ringtap.ethernet.FrameBatch;
import io.ringtap.internal.unix.NetworkNamespace;
import io.ringtap.loop.FrameLoop;
import io.ringtap.testkit.PacketBuilder;
import io.ringtap.testkit.RequiresTap;
import io.ringtap.testkit.TestNamespace;
import io.ringtap.virtio.VirtioNetHeader;
import io.ringtap.virtio.VirtioNetVerdict;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

import static io.ringtap.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * The bridge between ports with different vnet headers and offloads. The hosts are network stacks of Linux, each in a
 * namespace. They count every wrong checksum.
 */
@RequiresTap
class VnetBridgeTest {
    /** What the keys of a port begin with that is an interface of the host instead of a tap. */
    private static final String NIC = "(packet|xdp)";
    private static final int PORT = 7000;
    private static final int SOON = 10_000;
    private static final int TRANSFER = 6 << 20;
    private static final int SEGMENT = 1000;
    private static final int SEGMENTS = 40;
    private static final int LONGEST_FRAME = 1514 + 24;

    private final RecordingListener listener = new RecordingListener();
    private final List<TestNamespace> hosts = new ArrayList<>();
    private final List<SuperFrameCounter> counters = new ArrayList<>();
    /** Where the interfaces are that packet sockets are opened on; {@code null} without any. */
    private TestNamespace cables;
    private EventLoopGroup group;
    private Bridge bridge;

    /** The first handler of a pipeline. It counts the frames that are longer than the MTU. */
    private static final class SuperFrameCounter extends ChannelDuplexHandler {
        private final AtomicLong received = new AtomicLong();
        private final AtomicLong sent = new AtomicLong();

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

    private void open(int threads, String... keys) throws Exception {
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
    private String nicPort(int index, String keys) throws IOException {
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
    private static String address(int host, int version) {
        return (version == 4 ? "192.0.2." : "2001:db8::") + (host + 1);
    }

    private void assertNoChecksumErrors() throws IOException {
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

    private void assertTcpCarries(int from, int to, int version) throws Exception {
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

    private DatagramSocket datagramSocket(int host, InetAddress address) throws IOException {
        DatagramSocket socket = NetworkNamespace.call(hosts.get(host).name(),
            () -> new DatagramSocket(new InetSocketAddress(address, PORT)));
        socket.setSoTimeout(SOON);
        socket.setReceiveBufferSize(1 << 20);
        return socket;
    }

    private void assertUdpCarries(int from, int to, int version) throws Exception {
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

    private static void assertReceives(DatagramSocket socket, byte[] datagrams) throws IOException {
        for (int at = 0; at < datagrams.length; at += SEGMENT) {
            assertThat(bytes(receive(socket)))
                .isEqualTo(Arrays.copyOfRange(datagrams, at, Math.min(datagrams.length, at + SEGMENT)));
        }
    }

    private static DatagramPacket receive(DatagramSocket socket) throws IOException {
        DatagramPacket packet = new DatagramPacket(new byte[8000], 8000);
        socket.receive(packet);
        return packet;
    }

    private static byte[] bytes(DatagramPacket packet) {
        return Arrays.copyOf(packet.getData(), packet.getLength());
    }

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

    @ParameterizedTest
    @CsvSource({"packet,packet", "'packet,vnet=12','packet,vnet=10'"})
    void carriesJumboFramesBetweenPacketSockets(String left, String right) throws Exception {
        open(1, left, right);
        for (int i = 0; i < 2; i++) {
            cables.ip("link", "set", "p" + i, "mtu", "9000");
            hosts.get(i).ip("link", "set", "h" + i, "mtu", "9000");
        }
        for (int version : new int[] {4, 6}) {
            assertTcpCarries(0, 1, version);
            assertTcpCarries(1, 0, version);
            assertUdpCarries(0, 1, version);
        }
        assertThat(counters.get(0).received).as("jumbo frames").hasPositiveValue();
        assertNoChecksumErrors();
        for (BridgePort port : bridge.ports()) {
            assertThat(port.stats().malformed()).isEmpty();
            assertThat(port.channel().stats().rxDrops()).isZero();
            assertThat(port.channel().stats().txDrops()).isZero();
        }
    }

    @Test
    void aPacketSocketOnAnInterfaceThatTheHostUsesIsWarnedOf() throws Exception {
        open(1, "packet");
        cables.ip("address", "add", "198.51.100.1/24", "dev", "p0");
        bridge.removePort(bridge.ports().get(0)).sync();
        bridge.addPort("packet:p0,netns=" + cables.name()).sync();
        await("the warning", () -> listener.reports.stream().anyMatch(report -> report.contains("198.51.100.1/24")));
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
