/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.Future;
import io.ringtap.channel.FrameChannel;
import io.ringtap.channel.FrameChannelOption;
import io.ringtap.channel.FrameFrontEnd;
import io.ringtap.channel.FramePort;
import io.ringtap.channel.FramePorts;
import io.ringtap.ethernet.DropReason;
import io.ringtap.ethernet.FrameDirection;
import io.ringtap.ethernet.MacAddress;
import io.ringtap.netmap.NetmapAddress;
import io.ringtap.netmap.NetmapChannel;
import io.ringtap.pcap.CapturedPacket;
import io.ringtap.pcap.PcapReader;
import io.ringtap.pcap.PcapWriter;
import io.ringtap.testkit.PacketBuilder;
import io.ringtap.testkit.PacketCheck;
import io.ringtap.testkit.TestFrames;
import io.ringtap.virtio.ChecksumCompletion;
import io.ringtap.virtio.GsoSegmenter;
import io.ringtap.virtio.VirtioNetHeader;
import io.ringtap.virtio.VirtioNetHeaderHandler;
import io.ringtap.virtio.VnetHeaderLength;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import static io.ringtap.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Ports that come and go while a bridge runs, on pipes of the embedded netmap. */
@Timeout(60)
class ChangingPortsTest {
    private static final long STATION_A = 0x02_00_00_00_00_0aL;
    private static final long STATION_B = 0x02_00_00_00_00_0bL;
    private static final long STATION_C = 0x02_00_00_00_00_0cL;
    private static final long BROADCAST = 0xffff_ffff_ffffL;
    private static final int SEGMENT = 1000;
    private static final int SEGMENTS = 5;

    private final RecordingListener listener = new RecordingListener();
    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(3, NioIoHandler.newFactory());
    private final List<Channel> hosts = new ArrayList<>();
    private final List<Received> received = new ArrayList<>();
    private Bridge bridge;

    /** Everything that a host receives. */
    private static final class Received extends ChannelInboundHandlerAdapter {
        private final BlockingQueue<byte[]> frames = new LinkedBlockingQueue<>();

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ByteBuf frame = (ByteBuf) message;
            frames.add(ByteBufUtil.getBytes(frame));
            frame.release();
        }

        byte[] next() throws InterruptedException {
            byte[] frame = frames.poll(20, TimeUnit.SECONDS);
            assertThat(frame).as("a frame").isNotNull();
            return frame;
        }

        boolean staysQuiet() throws InterruptedException {
            return frames.poll(100, TimeUnit.MILLISECONDS) == null;
        }
    }

    @AfterEach
    void closeAll() {
        hosts.forEach(host -> host.close().awaitUninterruptibly());
        if (bridge != null) {
            bridge.close();
        }
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    /** The bridge's end of a pipe. {@link #host} opens the other end. */
    private static String port(int number, String keys) {
        return "vale6:p{" + number + ",driver=embedded" + keys;
    }

    private static String port(int number) {
        return port(number, "");
    }

    private void host(int number, String keys) throws Exception {
        Received collector = new Received();
        received.add(collector);
        hosts.add(FramePorts.parse("vale6:p}" + number + ",driver=embedded" + keys).bootstrap(group)
            .handler(collector).bind().sync().channel());
    }

    private void host(int number) throws Exception {
        host(number, "");
    }

    /** A bridge with plain ports, each with a host. */
    private void open(int ports, BridgeBuilder builder) throws Exception {
        for (int i = 0; i < ports; i++) {
            builder.port(port(i));
        }
        bridge = builder.listener(listener).build();
        bridge.open(group).sync();
        for (int i = 0; i < ports; i++) {
            host(i);
        }
    }

    private void open(int ports) throws Exception {
        open(ports, Bridge.builder());
    }

    private ChannelFuture send(int host, byte[] frame) {
        return hosts.get(host).writeAndFlush(Unpooled.wrappedBuffer(frame)).syncUninterruptibly();
    }

    private static byte[] frame(long destination, long source, long number) {
        byte[] frame = TestFrames.frame(number);
        ByteBuffer.wrap(frame).putLong(0, destination << 16 | source >>> 32).putInt(8, (int) source);
        return frame;
    }

    private void assertPasses(int from, int to, byte[] frame) throws InterruptedException {
        send(from, frame);
        assertThat(received.get(to).next()).isEqualTo(frame);
    }

    @Test
    void aPortThatIsAddedHasFramesAndOneThatIsRemovedHasNone() throws Exception {
        open(2);
        BridgePort third = bridge.addPort(port(2)).sync().getNow();
        host(2);
        assertThat(third.state()).isEqualTo(PortState.UP);
        assertThat(bridge.ports()).hasSize(3).last().isSameAs(third);
        assertPasses(2, 0, frame(BROADCAST, STATION_C, 1));
        assertThat(received.get(1).next()).isEqualTo(frame(BROADCAST, STATION_C, 1));
        assertPasses(0, 2, frame(STATION_C, STATION_A, 2));
        assertThat(received.get(1).staysQuiet()).isTrue();

        bridge.removePort(third).sync();
        assertThat(third.state()).isEqualTo(PortState.GONE);
        assertThat(third.channels()).allSatisfy(channel -> assertThat(channel.isOpen()).isFalse());
        assertThat(bridge.ports()).hasSize(2);
        assertThat(bridge.stations()).extracting(Station::address).containsExactly(MacAddress.of(STATION_A));
        // The frame is flooded, as the station is forgotten.
        assertPasses(0, 1, frame(STATION_C, STATION_A, 3));
        assertThat(third.stats().rxFrames()).isEqualTo(1);
        assertThat(third.stats().txFrames()).isEqualTo(1);
        bridge.removePort(third).sync();
        bridge.close();
        String first = "vale6:p{0,driver=embedded";
        String second = "vale6:p{1,driver=embedded";
        assertThat(listener.events).containsExactly("opened " + first, "opened " + second, "opened " + third.name(),
            "gone " + third.name(), "gone " + first, "gone " + second);
        assertThat(listener.reports).isEmpty();
    }

    /** Ports come and go without any effect on the traffic between two other ports: no frame is lost or changed. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void portsThatComeAndGoDisturbNoOthers(boolean known) throws Exception {
        open(2);
        if (known) {
            assertPasses(1, 0, frame(BROADCAST, STATION_B, 0));
        }
        int frames = 3000;
        FutureTask<Void> sender = new FutureTask<>(() -> {
            for (int i = 0; i < frames; i++) {
                hosts.get(0).writeAndFlush(Unpooled.wrappedBuffer(frame(STATION_B, STATION_A, i))).sync();
            }
            return null;
        });
        // On this thread, as an event loop must not wait.
        new Thread(sender, "sender").start();
        int changes = 0;
        while (!sender.isDone() || changes < 20) {
            BridgePort other = bridge.addPort(port(2)).sync().getNow();
            assertThat(other.state()).isEqualTo(PortState.UP);
            bridge.removePort(other).sync();
            changes++;
        }
        sender.get();
        for (int i = 0; i < frames; i++) {
            assertThat(received.get(1).next()).isEqualTo(frame(STATION_B, STATION_A, i));
        }
        assertThat(bridge.ports()).hasSize(2);
        assertThat(bridge.stats().ports()).allSatisfy(port -> {
            assertThat(port.rxDrops()).isEmpty();
            assertThat(port.txDrops()).isEmpty();
        });
        assertThat(listener.reports).isEmpty();
    }

    @Test
    void framesForAPortThatIsRemovedAreSentOrCounted() throws Exception {
        open(3);
        assertPasses(1, 0, frame(BROADCAST, STATION_B, 0));
        assertThat(received.get(2).next()).isEqualTo(frame(BROADCAST, STATION_B, 0));
        BridgePort full = bridge.ports().get(1);
        // Nobody reads at the far end, so that its ring fills, and then the queue of the port.
        hosts.get(1).config().setAutoRead(false);
        hosts.get(1).eventLoop().submit(() -> { }).sync();
        int frames = 5000;
        for (int i = 0; i < frames; i++) {
            send(0, frame(STATION_B, STATION_A, i));
        }
        BridgePort from = bridge.ports().get(0);
        await("all received", () -> from.stats().rxFrames() == frames);
        assertThat(full.channel().isFull()).isTrue();
        bridge.removePort(full).sync();
        PortStats end = full.stats();
        assertThat(end.txDrops().get(DropReason.CLOSED)).isPositive();
        assertThat(end.txFrames() + end.txDrops().values().stream().mapToLong(Long::longValue).sum())
            .isEqualTo(frames);
        assertThat(listener.reports).isEmpty();
    }

    /** Not by the bridge, which hears of it later. */
    @Test
    void framesForAPortThatClosesByItselfAreSentOrCounted() throws Exception {
        open(3);
        assertPasses(1, 0, frame(BROADCAST, STATION_B, 0));
        BridgePort full = bridge.ports().get(1);
        hosts.get(1).config().setAutoRead(false);
        hosts.get(1).eventLoop().submit(() -> { }).sync();
        int frames = 5000;
        for (int i = 0; i < frames; i++) {
            send(0, frame(STATION_B, STATION_A, i));
        }
        BridgePort from = bridge.ports().get(0);
        await("all received", () -> from.stats().rxFrames() == frames);
        // What was handed over is in the channel's queue once its event loop has had a turn.
        from.channel().eventLoop().submit(() -> { }).sync();
        full.channel().eventLoop().submit(() -> { }).sync();
        full.channel().close().sync();
        PortStats end = full.stats();
        assertThat(end.txDrops().get(DropReason.CLOSED)).isPositive();
        assertThat(end.txFrames() + end.txDrops().values().stream().mapToLong(Long::longValue).sum())
            .isEqualTo(frames);
        assertThat(listener.reports).isEmpty();
    }

    @Test
    void aChannelOfTheCallersOwnBecomesAPort() throws Exception {
        open(2);
        List<Object> seen = new ArrayList<>();
        FrameChannel own = (FrameChannel) new Bootstrap().group(group).channel(NetmapChannel.class)
            .handler(new ChannelInboundHandlerAdapter() {
                @Override
                public void channelRead(ChannelHandlerContext ctx, Object msg) {
                    seen.add(msg);
                    ctx.fireChannelRead(msg);
                }
            }).bind(NetmapAddress.parse("vale6:p{2")).sync().channel();
        BridgePort port = bridge.addPort(own, PortOptions.DEFAULT).sync().getNow();
        host(2);
        assertThat(port.channels()).containsExactly(own);
        assertPasses(2, 0, frame(BROADCAST, STATION_C, 1));
        assertPasses(0, 2, frame(STATION_C, STATION_A, 2));
        assertThat(seen).hasSize(1);

        Future<BridgePort> twice = bridge.addPort(own, PortOptions.DEFAULT).await();
        assertThat(twice.cause()).hasMessageContaining("is a port of a bridge already");
        assertThat(own.isActive()).isTrue();
        own.close().sync();
        await("it has gone", () -> bridge.ports().size() == 2);
        await("it is told", () -> listener.events.contains("gone " + port.name()));
    }

    @Test
    void aBootstrapOfTheCallersOwnOpensAPort() throws Exception {
        open(1);
        ChannelHandler initializer = bridge.portInitializer(PortOptions.DEFAULT);
        Bootstrap bootstrap = new Bootstrap().group(group).channel(NetmapChannel.class).handler(initializer);
        Channel own = bootstrap.bind(NetmapAddress.parse("vale6:p{1")).sync().channel();
        await("it is a port", () -> bridge.ports().size() == 2);
        host(1);
        assertPasses(1, 0, frame(BROADCAST, STATION_C, 1));
        // The address is taken: the channel never becomes active.
        assertThat(bootstrap.bind(NetmapAddress.parse("vale6:p{1")).await().isSuccess()).isFalse();
        await("it is told", () -> !listener.reports.isEmpty());
        assertThat(listener.reports).singleElement().asString().contains("was closed before it was bound");
        bridge.close();
        assertThat(own.isOpen()).isFalse();
    }

    @Test
    void aChannelThatDoesNotFitIsRefused() throws Exception {
        open(1);
        NetmapChannel free = new NetmapChannel();
        assertThatThrownBy(() -> bridge.addPort(free, PortOptions.DEFAULT)).hasMessageContaining("is not registered");
        assertThatThrownBy(() -> bridge.addPort(free, PortOptions.builder().queues(2).build()))
            .hasMessageContaining("what you opened it with");
        assertThatThrownBy(() -> bridge.addPort("tun:rt0")).hasMessageContaining("this port carries IP packets");
        assertThatThrownBy(() -> bridge.addPort("tun:rt0,gro=perhaps")).hasMessageContaining("gro");
        free.unsafe().closeForcibly();
        Future<BridgePort> same = bridge.addPort(port(0)).await();
        assertThat(same.cause()).isInstanceOf(IOException.class).hasMessageContaining("cannot be opened");
        assertThat(bridge.ports()).hasSize(1);
    }

    /** A super-frame behind a header of 12 bytes, of so many octets of payload. */
    private static ByteBuf superFrame(PacketBuilder packet) {
        ByteBuf frame = packet.partial().build(12);
        VirtioNetHeader header = VirtioNetHeader.of(VnetHeaderLength.MERGEABLE);
        header.setFlags(frame, 0, VirtioNetHeader.NEEDS_CSUM);
        header.setGsoType(frame, 0, VirtioNetHeader.GSO_TCPV4);
        header.setGsoSize(frame, 0, SEGMENT);
        header.setHdrLen(frame, 0, packet.payloadOffset());
        header.setCsumStart(frame, 0, packet.transportOffset());
        header.setCsumOffset(frame, 0, packet.checksumOffset());
        return frame;
    }

    /**
     * The inside layout of the bridge stays as it was. What the new port leaves undone is done when a frame enters or
     * leaves.
     */
    @ParameterizedTest
    @CsvSource({"NONE, 0", "MERGEABLE, 12", "LEGACY, 10"})
    void aNewcomerWithAnotherHeaderConvertsAtItsEdge(VnetHeaderLength inside, int bytes) throws Exception {
        open(2, Bridge.builder().insideHeader(inside));
        assertPasses(0, 1, frame(BROADCAST, STATION_A, 1));
        bridge.addPort(port(2, ",vnet=12")).sync();
        assertThat(bridge.insideHeader().bytes()).isEqualTo(bytes);
        host(2, ",vnet=12");
        byte[] plain = frame(BROADCAST, STATION_A, 2);
        assertPasses(0, 1, plain);
        assertThat(received.get(2).next()).hasSize(12 + plain.length).endsWith(plain);

        PacketBuilder packet = PacketBuilder.tcp(4).payload(new byte[SEGMENT * SEGMENTS]);
        hosts.get(2).writeAndFlush(superFrame(packet)).sync();
        for (int host = 0; host < 2; host++) {
            for (int i = 0; i < SEGMENTS; i++) {
                byte[] segment = received.get(host).next();
                assertThat(segment).hasSize(packet.payloadOffset() + SEGMENT);
                PacketCheck.of(segment);
            }
        }
        assertThat(bridge.stats().ports()).allSatisfy(port -> assertThat(port.malformed()).isEmpty());
        assertThat(listener.reports).isEmpty();
    }

    /** Two ports with the same header need no handlers. The third port makes them necessary. */
    @Test
    void portsThatNeededNothingGetWhatANewcomerMakesNecessary() throws Exception {
        open(2, Bridge.builder().insideHeader(VnetHeaderLength.MERGEABLE));
        assertThat(handlers(0)).containsExactly(VirtioNetHeaderHandler.class, FrameFrontEnd.class);
        BridgePort third = bridge.addPort(port(2, ",vnet=12")).sync().getNow();
        assertThat(handlers(0)).containsExactly(VirtioNetHeaderHandler.class, ChecksumCompletion.class,
            GsoSegmenter.class, FrameFrontEnd.class);
        bridge.removePort(third).sync();
        await("it has gone", () -> handlers(0).size() == 2 && handlers(1).size() == 2);
        assertThat(handlers(0)).containsExactly(VirtioNetHeaderHandler.class, FrameFrontEnd.class);
        assertPasses(0, 1, frame(BROADCAST, STATION_A, 1));
    }

    /** Of a port that goes by itself, and of one that could not be added. */
    @Test
    void whatAPortHasMadeNecessaryGoesHoweverItGoes() throws Exception {
        open(2, Bridge.builder().insideHeader(VnetHeaderLength.MERGEABLE));
        BridgePort third = bridge.addPort(port(2, ",vnet=12")).sync().getNow();
        assertThat(handlers(1)).contains(GsoSegmenter.class);
        third.channel().close().sync();
        await("it has gone", () -> handlers(0).size() == 2 && handlers(1).size() == 2);

        FrameChannel own = (FrameChannel) new Bootstrap().group(group).channel(NetmapChannel.class)
            .option(FrameChannelOption.VNET_HEADERS, List.of(VnetHeaderLength.MERGEABLE))
            .handler(FrameFrontEnd.plain(new ChannelInboundHandlerAdapter()))
            .bind(NetmapAddress.parse("vale6:p{2")).sync().channel();
        assertThat(bridge.addPort(own, PortOptions.DEFAULT).await().cause())
            .hasMessageContaining("has a FrameFrontEnd of its own");
        assertThat(own.isOpen()).isFalse();
        await("it has gone", () -> handlers(0).size() == 2 && handlers(1).size() == 2);
        assertThat(bridge.ports()).hasSize(2);
    }

    /** The super-frames of a port that goes are segmented, whether they were sent before or after it has been left. */
    @Test
    void framesOfAPortThatGoesAreWholeToTheLast() throws Exception {
        open(2, Bridge.builder().insideHeader(VnetHeaderLength.MERGEABLE));
        for (int round = 0; round < 20; round++) {
            BridgePort third = bridge.addPort(port(2, ",vnet=12")).sync().getNow();
            host(2, ",vnet=12");
            PacketBuilder packet = PacketBuilder.tcp(4).payload(new byte[SEGMENT * SEGMENTS]);
            Channel sender = hosts.remove(2);
            received.remove(2);
            for (int i = 0; i < 20; i++) {
                sender.write(superFrame(packet));
            }
            sender.flush();
            Future<Void> removed = bridge.removePort(third);
            removed.sync();
            sender.close().sync();
        }
        // Behind all of them.
        byte[] last = frame(BROADCAST, STATION_A, 1);
        send(0, last);
        int segments = 0;
        for (byte[] frame = received.get(1).next(); !Arrays.equals(frame, last); frame = received.get(1).next()) {
            assertThat(frame).hasSize(54 + SEGMENT);
            PacketCheck.of(frame);
            segments++;
        }
        assertThat(segments % SEGMENTS).isZero();
        assertThat(bridge.stats().ports()).allSatisfy(port -> assertThat(port.malformed()).isEmpty());
        assertThat(listener.reports).isEmpty();
    }

    /** From the device on. */
    private List<Class<?>> handlers(int port) {
        List<Class<?>> types = new ArrayList<>();
        for (Map.Entry<String, ChannelHandler> entry : bridge.ports().get(port).channel().pipeline()) {
            if (!(entry.getValue() instanceof BridgeHandler)) {
                types.add(entry.getValue().getClass());
            }
        }
        return types;
    }

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
    void portsThatAreBeingAddedWhenTheBridgeClosesAreClosed() throws Exception {
        for (int round = 0; round < 20; round++) {
            bridge = Bridge.builder().port(port(0)).build();
            bridge.open(group).sync();
            List<Future<BridgePort>> added = new ArrayList<>();
            for (int i = 1; i < 10; i++) {
                added.add(bridge.addPort(port(i)));
                if (i == round % 10) {
                    bridge.shutdown();
                }
            }
            bridge.close();
            assertThat(bridge.ports()).isEmpty();
            for (Future<BridgePort> one : added) {
                assertThat(one.isDone()).isTrue();
                if (one.isSuccess()) {
                    assertThat(one.getNow().closeFuture().isDone()).isTrue();
                } else {
                    assertThat(one.cause()).isInstanceOfAny(IllegalStateException.class, IOException.class);
                }
            }
            // All of them are free.
            for (int i = 0; i < 10; i++) {
                FramePort port = FramePorts.parse(port(i));
                port.bootstrap(group).handler(new ChannelInboundHandlerAdapter()).bind().sync().channel().close()
                    .sync();
            }
        }
    }

    @Test
    void aBridgeThatIsNotOpenTakesNoPorts() throws Exception {
        bridge = Bridge.builder().build();
        assertThat(bridge.addPort(port(0)).cause()).hasMessage("the bridge is not open");
        bridge.open(group).sync();
        assertThat(bridge.ports()).isEmpty();
        assertThatThrownBy(() -> bridge.open(group)).isInstanceOf(IllegalStateException.class);
        bridge.addPort(port(0)).sync();
        bridge.close();
        assertThat(bridge.addPort(port(0)).cause()).hasMessage("the bridge is not open");
        assertThat(bridge.closeFuture().isSuccess()).isTrue();
    }

    @Test
    void whereNobodyMayWaitClosingIsRefused() throws Exception {
        open(1);
        Bridge open = bridge;
        assertThatThrownBy(() -> group.submit(open::close).sync()).isInstanceOf(IllegalStateException.class)
            .hasMessageContaining("use shutdown()");
        group.submit(open::shutdown).sync();
        open.closeFuture().sync();
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
