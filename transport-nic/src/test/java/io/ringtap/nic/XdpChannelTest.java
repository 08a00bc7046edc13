/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.nic;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.SimpleChannelInboundHandler;
import io.ringtap.channel.DeviceEvent;
import io.ringtap.channel.FrameChannel;
import io.ringtap.channel.FrameChannelOption;
import io.ringtap.channel.FramePorts;
import io.ringtap.ethernet.DropReason;
import io.ringtap.ethernet.FrameRefusedException;
import io.ringtap.internal.nic.xdp.BpfCalls;
import io.ringtap.internal.nic.xdp.XdpSocket;
import io.ringtap.internal.offload.PartialChecksums;
import io.ringtap.internal.unix.Errno;
import io.ringtap.internal.unix.LibC;
import io.ringtap.internal.unix.NativeMemory;
import io.ringtap.internal.unix.NetworkNamespace;
import io.ringtap.internal.unix.Platform;
import io.ringtap.internal.unix.RouteNetlink;
import io.ringtap.internal.unix.SystemCalls;
import io.ringtap.testkit.OpenDescriptors;
import io.ringtap.testkit.PacketBuilder;
import io.ringtap.testkit.PacketCheck;
import io.ringtap.testkit.TestFrames;
import io.ringtap.testsuite.FrameCollector;
import io.ringtap.testsuite.system.PacketSocket;
import io.ringtap.testsuite.system.Unprivileged;
import io.ringtap.virtio.VnetHeaderLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

import static io.ringtap.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** What an AF_XDP socket does that other frame channels do not. */
class XdpChannelTest extends VethTest {
    private static final Map<ChannelOption<?>, Object> NO_OPTIONS = Map.of();

    private ByteBuffer logMemory;

    @SuppressWarnings("unchecked")
    private XdpChannel openXdp(Map<ChannelOption<?>, Object> options, ChannelHandler handler) throws Exception {
        Bootstrap bootstrap = new Bootstrap().group(group).channel(XdpChannel.class).handler(handler)
            .option(XdpChannelOption.NETWORK_NAMESPACE, namespace.name());
        options.forEach((option, value) -> bootstrap.option((ChannelOption<Object>) option, value));
        return closing(bootstrap.bind(new XdpAddress("va")).sync().channel());
    }

    private XdpChannel closing(Channel channel) {
        closing((AutoCloseable) () -> channel.close().await(10, TimeUnit.SECONDS));
        return (XdpChannel) channel;
    }

    @Test
    void theProgramIsThereAsLongAsTheChannelIsOpen() throws Exception {
        XdpChannel channel = openXdp(NO_OPTIONS, new FrameCollector());
        assertThat(namespace.ip("-d", "link", "show", "va")).contains("prog/xdp", "promiscuity 1");
        assertThat(channel.config().getZeroCopy()).as("a veth copies").isFalse();
        channel.close().sync();
        assertThat(namespace.ip("-d", "link", "show", "va")).doesNotContain("prog/xdp").contains("promiscuity 0");
    }

    @Test
    void framesAreTakenFromTheHost() throws Exception {
        FrameCollector collector = new FrameCollector();
        PacketSocket near = packetSocket("va");
        XdpChannel channel = openXdp(NO_OPTIONS, collector);
        packetSocket("vb").send(TestFrames.frame(1));
        assertThat(collector.next()).isEqualTo(TestFrames.frame(1));
        channel.close().sync();
        packetSocket("vb").send(TestFrames.frame(2));
        assertThat(near.receive(10_000)).as("what the host receives").isEqualTo(TestFrames.frame(2));
    }

    @Test
    void anInterfaceWithAnAddressIsRefusedUnlessAllIsToBeTaken() throws Exception {
        namespace.ip("address", "add", "192.0.2.1/24", "dev", "va");
        assertThatThrownBy(() -> openXdp(NO_OPTIONS, new FrameCollector())).isInstanceOf(IOException.class)
            .hasMessageContainingAll("xdp:va", "192.0.2.1/24", "take=all", "packet:va");
        assertThat(openXdp(Map.of(XdpChannelOption.TAKE, XdpTake.ALL), new FrameCollector()).isActive()).isTrue();
    }

    @Test
    void aSecondOwnerIsRefusedAndToldWhy() throws Exception {
        FrameCollector collector = new FrameCollector();
        openXdp(NO_OPTIONS, collector);
        assertThatThrownBy(() -> openXdp(NO_OPTIONS, new FrameCollector())).isInstanceOf(IOException.class)
            .hasMessageContainingAll("xdp:va", "EBUSY", "another channel of this process has queue 0");
        packetSocket("vb").send(TestFrames.frame(1));
        assertThat(collector.next()).as("the first goes on").isEqualTo(TestFrames.frame(1));
    }

    @Test
    void aProgramOfSomebodyElseIsToldWithItsName() throws Exception {
        NativeMemory code = NativeMemory.allocate(16).clear();
        // return XDP_PASS
        code.buffer().put(0, (byte) 0xb7).putInt(4, 2).put(8, (byte) 0x95);
        int program = BpfCalls.loadProgram(code, false);
        int link = NetworkNamespace.call(namespace.name(), () -> {
            try (RouteNetlink links = RouteNetlink.open()) {
                return BpfCalls.attach(program, links.link("va").index(), 4);
            }
        });
        try {
            assertThatThrownBy(() -> openXdp(NO_OPTIONS, new FrameCollector())).isInstanceOf(IOException.class)
                .hasMessageContainingAll("xdp:va", "EBUSY", "XDP program already", "\"ringtap\", loaded by user 0");
        } finally {
            SystemCalls.close(link);
            SystemCalls.close(program);
        }
    }

    /** As the kernel does for a moment after a close, until the last frame has reached its receiver. */
    @Test
    void aQueueThatASocketStillHasIsWaitedForWithoutTheEventLoop() throws Exception {
        XdpSocket owner = NetworkNamespace.call(namespace.name(), () -> {
            try (RouteNetlink links = RouteNetlink.open()) {
                return XdpSocket.open(links.link("va").index(), 0, 2048);
            }
        });
        ChannelFuture bound = new Bootstrap().group(group).channel(XdpChannel.class).handler(new FrameCollector())
            .option(XdpChannelOption.NETWORK_NAMESPACE, namespace.name()).bind(new XdpAddress("va"));
        try {
            closing(bound.channel());
            // Two tasks, the second of which comes after an attempt: neither waits for the queue.
            for (int i = 0; i < 2; i++) {
                assertThat(bound.channel().eventLoop().schedule(() -> { }, 20, TimeUnit.MILLISECONDS)
                    .await(1, TimeUnit.SECONDS)).as("the event loop does not wait").isTrue();
            }
            assertThat(bound.isDone()).isFalse();
        } finally {
            owner.close();
        }
        assertThat(bound.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(bound.cause()).isNull();
    }

    @Test
    void aQueueThatTheInterfaceLacksAndZeroCopyThatTheDriverLacksAreRefused() throws Exception {
        assertThatThrownBy(() -> openXdp(Map.of(XdpChannelOption.QUEUE, 77), new FrameCollector()))
            .isInstanceOf(IOException.class).hasMessageContainingAll("queue 77", "no such queue");
        assertThatThrownBy(() -> openXdp(Map.of(XdpChannelOption.ZERO_COPY, true), new FrameCollector()))
            .isInstanceOf(IOException.class).hasMessageContaining("zero-copy");
        assertThat(namespace.ip("-d", "link", "show", "va")).doesNotContain("prog/xdp").contains("promiscuity 0");
    }

    @Test
    void withoutThePrivilegeTheMessageSaysWhichOneIsMissing() throws Exception {
        assertThat(Xdp.isAvailable()).isTrue();
        assertThat(Unprivileged.call(Xdp::unavailabilityCause)).hasMessageContainingAll("EPERM", "CAP_NET_RAW");
    }

    @Test
    void aProgramThatTheVerifierRefusesIsToldWithItsReason() {
        // return r0, which nobody has set
        NativeMemory code = NativeMemory.allocate(8).clear();
        code.buffer().put(0, (byte) 0x95);
        assertThatThrownBy(() -> BpfCalls.loadProgram(code, false)).isInstanceOf(IOException.class)
            .hasMessageContainingAll("BPF_PROG_LOAD", "the verifier says", "R0 !read_ok");
    }

    /** As when the kernel was short of memory the first time: then there is nothing to say about the second. */
    @Test
    void aProgramThatIsLoadedOnlyWithALogIsNotLostToIt() throws Exception {
        AtomicBoolean failed = new AtomicBoolean();
        NativeMemory code = NativeMemory.allocate(16).clear();
        code.buffer().put(0, (byte) 0xb7).put(8, (byte) 0x95);
        long before = programs();
        Platform platform = Platform.install(Platform.ofJvm().with((LibC) Proxy.newProxyInstance(
            LibC.class.getClassLoader(), new Class<?>[] {LibC.class}, (proxy, method, arguments) -> {
                if (method.getName().equals("bpf") && failed.compareAndSet(false, true)) {
                    return -Errno.ENOMEM.number();
                }
                if (method.getName().equals("bpf")) {
                    // A log that nothing can be made of, of which there may be too little memory for a copy.
                    logMemory.limit(0);
                }
                return method.invoke(Platform.ofJvm().libC(), arguments);
            })).withMemory(size -> {
                ByteBuffer memory = ByteBuffer.allocateDirect(size);
                logMemory = memory;
                return memory;
            }));
        try {
            int program = BpfCalls.loadProgram(code, false);
            assertThat(programs()).as("open programs").isEqualTo(before + 1);
            SystemCalls.close(program);
        } finally {
            Platform.install(platform);
        }
        assertThat(programs()).as("open programs").isEqualTo(before);
    }

    /** The next frame of ours: the kernel joins groups of IPv6 on a link that comes up. */
    static byte[] received(PacketSocket socket) throws IOException {
        byte[] frame;
        do {
            frame = socket.receive(10_000);
        } while (frame != null && !TestFrames.isOurs(frame));
        return frame;
    }

    private static long programs() {
        return OpenDescriptors.now().values().stream().filter(file -> file.contains("bpf-prog")).count();
    }

    @Test
    void aLinkThatIsSetDownRefusesAndGoesOnWhenItIsUp() throws Exception {
        FrameCollector collector = new FrameCollector();
        XdpChannel channel = openXdp(NO_OPTIONS, collector);
        namespace.ip("link", "set", "va", "down");
        await("LinkDown", () -> collector.deviceEvents().contains(new DeviceEvent.LinkDown()));
        assertThat(write(channel, TestFrames.frame(1))).isInstanceOfSatisfying(FrameRefusedException.class,
            refused -> assertThat(refused.reason()).isEqualTo(DropReason.DOWN));
        namespace.ip("link", "set", "va", "up");
        await("LinkUp", () -> collector.deviceEvents().contains(new DeviceEvent.LinkUp()));
        PacketSocket far = packetSocket("vb");
        assertThat(write(channel, TestFrames.frame(2))).isNull();
        assertThat(received(far)).isEqualTo(TestFrames.frame(2));
        far.send(TestFrames.frame(3));
        assertThat(collector.next()).isEqualTo(TestFrames.frame(3));
    }

    @Test
    void anInterfaceThatIsDeletedClosesTheChannel() throws Exception {
        FrameCollector collector = new FrameCollector();
        XdpChannel channel = openXdp(NO_OPTIONS, collector);
        namespace.ip("link", "del", "va");
        assertThat(channel.closeFuture().await(10, TimeUnit.SECONDS)).as("it closes").isTrue();
        await("Gone", () -> collector.deviceEvents().stream().anyMatch(DeviceEvent.Gone.class::isInstance));
        assertThat(collector.exceptions()).singleElement()
            .satisfies(cause -> assertThat(cause).hasMessageContainingAll("xdp:va", "is gone"));
    }

    @Test
    void manyFramesInBothDirectionsUseEveryChunkAgain() throws Exception {
        FrameCollector collector = new FrameCollector();
        XdpChannel channel = openXdp(NO_OPTIONS, collector);
        PacketSocket far = packetSocket("vb");
        int frames = 3 * XdpSocket.RING;
        for (int i = 0; i < frames; i++) {
            far.send(TestFrames.frame(i));
            channel.write(Unpooled.copiedBuffer(TestFrames.frame(i)));
            if (i % 64 == 63) {
                channel.flush();
                for (int n = i - 63; n <= i; n++) {
                    assertThat(collector.next()).isEqualTo(TestFrames.frame(n));
                    assertThat(far.receive(10_000)).isEqualTo(TestFrames.frame(n));
                }
            }
        }
        assertThat(channel.deviceDrops().received()).isZero();
        assertThat(channel.stats().txFrames()).isEqualTo(frames);
    }

    /** The kernel tells an XDP program nothing of a checksum that it has left to the hardware. */
    @ParameterizedTest
    @CsvSource({"tcp,4", "tcp,6", "udp,4", "udp,6"})
    void partialChecksumsAreCompletedAndOthersLeft(String protocol, int version) {
        for (int tags = 0; tags < 3; tags++) {
            PacketBuilder packet = protocol.equals("tcp") ? PacketBuilder.tcp(version) : PacketBuilder.udp(version);
            packet.randomPayload(new Random(tags), 301);
            for (int tag = 0; tag < tags; tag++) {
                packet.tag(tag == tags - 1 ? 0x8100 : 0x88a8, 5);
            }
            ByteBuf whole = Unpooled.buffer().writeBytes(packet.build());
            byte[] right = packet.build();
            PartialChecksums.complete(whole);
            assertThat(whole).isEqualTo(Unpooled.wrappedBuffer(right));
            ByteBuf partial = Unpooled.buffer().writeBytes(packet.partial().build());
            PartialChecksums.complete(partial);
            assertThat(partial).isEqualTo(Unpooled.wrappedBuffer(right));
            PacketCheck.of(right).verifyTransport();
        }
    }

    /** A veth interface pads no frame, so that a short datagram is shorter than a frame on a cable. */
    @ParameterizedTest
    @CsvSource({"4,0", "4,1", "4,11", "4,12", "6,0", "6,1"})
    void theChecksumOfAShortDatagramIsCompleted(int version, int octets) {
        PacketBuilder packet = PacketBuilder.udp(version).randomPayload(new Random(octets), octets);
        byte[] right = packet.build();
        ByteBuf partial = Unpooled.buffer().writeBytes(packet.partial().build());
        PartialChecksums.complete(partial);
        assertThat(partial).isEqualTo(Unpooled.wrappedBuffer(right));
    }

    @Test
    void frameLengthsThatContradictTheFrameAreLeftAlone() {
        byte[] packet = PacketBuilder.tcp(4).partial().build();
        for (int length = 0; length < packet.length; length++) {
            ByteBuf cut = Unpooled.buffer().writeBytes(packet, 0, length);
            PartialChecksums.complete(cut);
            assertThat(cut).isEqualTo(Unpooled.wrappedBuffer(packet, 0, length));
        }
    }

    @Test
    void longFramesHaveSeveralChunks() throws Exception {
        namespace.ip("link", "set", "va", "mtu", "9000");
        namespace.ip("link", "set", "vb", "mtu", "9000");
        FrameCollector collector = new FrameCollector();
        XdpChannel channel = openXdp(NO_OPTIONS, collector);
        PacketSocket far = packetSocket("vb");
        for (int length : new int[] {60, 3000, 4096, 4097, 8192, 9014}) {
            byte[] frame = TestFrames.frame(length, length);
            far.send(frame);
            assertThat(collector.next()).as("received, %s bytes", length).isEqualTo(frame);
            assertThat(write(channel, frame)).as("sent, %s bytes", length).isNull();
            assertThat(received(far)).as("sent, %s bytes", length).isEqualTo(frame);
        }
        assertThat(channel.deviceDrops().received()).isZero();
    }

    @ParameterizedTest
    @CsvSource({"0x88b5,1", "udp:4789,3 4", "0x88b5+udp:4789,1 3 4"})
    void onlyChosenFramesAreTaken(String take, String expected) throws Exception {
        namespace.ip("address", "add", "192.0.2.1/24", "dev", "va");
        BlockingQueue<byte[]> received = new LinkedBlockingQueue<>();
        PacketSocket near = packetSocket("va");
        openXdp(Map.of(XdpChannelOption.TAKE, XdpTake.parse(take)), new SimpleChannelInboundHandler<ByteBuf>() {
            @Override
            protected void channelRead0(ChannelHandlerContext ctx, ByteBuf frame) {
                received.add(ByteBufUtil.getBytes(frame));
            }
        });
        PacketSocket far = packetSocket("vb");
        byte[][] frames = {PacketBuilder.tcp(4).build(), TestFrames.frame(1),
            PacketBuilder.udp(4).ports(7, 4788).build(), PacketBuilder.udp(4).ports(7, 4789).build(),
            PacketBuilder.udp(6).ports(7, 4789).build(), PacketBuilder.udp(6).ports(4789, 7).build(), new byte[14]};
        List<Integer> taken = Arrays.stream(expected.split(" ")).map(Integer::valueOf).toList();
        for (int i = 0; i < frames.length; i++) {
            far.send(frames[i]);
            byte[] got;
            do {
                got = taken.contains(i) ? received.poll(10, TimeUnit.SECONDS) : near.receive(10_000);
                // The kernel sends frames by itself.
            } while (got != null && !Arrays.equals(got, frames[i]));
            assertThat(got).as("frame %s", i).isNotNull();
        }
    }

    @Test
    void aProgramRunsInTheNetworkStackIfWanted() throws Exception {
        FrameCollector collector = new FrameCollector();
        XdpChannel channel = openXdp(Map.of(XdpChannelOption.GENERIC, true), collector);
        assertThat(channel.config().getGeneric()).isTrue();
        assertThat(namespace.ip("-d", "link", "show", "va")).contains("xdpgeneric");
        packetSocket("vb").send(TestFrames.frame(1));
        assertThat(collector.next()).isEqualTo(TestFrames.frame(1));
    }

    @Test
    void severalQueuesShareAProgram() throws Exception {
        namespace.ip("link", "del", "va");
        namespace.ip("link", "add", "va", "numrxqueues", "2", "numtxqueues", "2", "type", "veth", "peer", "name", "vb",
            "numrxqueues", "2", "numtxqueues", "2");
        namespace.ip("link", "set", "va", "up");
        namespace.ip("link", "set", "vb", "up");
        Bootstrap bootstrap = new Bootstrap().group(group).channel(XdpChannel.class)
            .handler(new ChannelInitializer<>() {
                @Override
                protected void initChannel(Channel channel) {
                    channel.pipeline().addLast(new FrameCollector());
                }
            }).option(XdpChannelOption.NETWORK_NAMESPACE, namespace.name());
        List<FrameChannel> queues = FramePorts.parse("xdp:va").transport()
            .bindQueues(bootstrap, new XdpAddress("va"), List.of(group.next(), group.next())).sync().getNow();
        queues.forEach(queue -> closing((Channel) queue));
        assertThat(queues).extracting(queue -> ((XdpChannel) queue).config().getQueue()).containsExactly(0, 1);
        queues.get(0).close().sync();
        assertThat(namespace.ip("-d", "link", "show", "va")).as("the other one is open").contains("prog/xdp");
        assertThatThrownBy(() -> openXdp(Map.of(XdpChannelOption.TAKE, XdpTake.parse("0x88b5")), new FrameCollector()))
            .hasMessageContainingAll("xdp:va", "another queue of the interface is open");
        XdpChannel again = openXdp(NO_OPTIONS, new FrameCollector());
        assertThat(again.isActive()).isTrue();
        PacketSocket far = packetSocket("vb");
        assertThat(write(queues.get(1), TestFrames.frame(1))).isNull();
        assertThat(received(far)).isEqualTo(TestFrames.frame(1));
        again.close().sync();
        queues.get(1).close().sync();
        assertThat(namespace.ip("-d", "link", "show", "va")).doesNotContain("prog/xdp");
    }

    @Test
    void whatIsTakenByName() {
        assertThat(XdpTake.parse("all")).isSameAs(XdpTake.ALL);
        assertThat(XdpTake.parse("udp:4789+0x88CC+udp:53")).hasToString("0x88cc+udp:53+udp:4789")
            .isEqualTo(XdpTake.only(Set.of(0x88cc), Set.of(53, 4789)));
        for (String bad : new String[] {"", "udp:", "udp:0", "udp:65536", "0x5ff", "0x10000", "0x", "tcp:1",
            "all+0x800", "+"}) {
            assertThatThrownBy(() -> XdpTake.parse(bad)).as(bad).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void portsByName() {
        assertThat(FramePorts.parse("xdp:eth0,queue=3,take=all,zerocopy=off").options())
            .containsEntry(XdpChannelOption.QUEUE, 3).containsEntry(XdpChannelOption.TAKE, XdpTake.ALL)
            .containsEntry(XdpChannelOption.ZERO_COPY, false);
        assertThat(FramePorts.parse("xdp:eth0").identity()).isEqualTo(FramePorts.parse("xdp:eth0,queue=0").identity())
            .isNotEqualTo(FramePorts.parse("xdp:eth0,queue=1").identity());
        assertThatThrownBy(() -> FramePorts.parse("xdp:eth0,take=some")).hasMessageContaining("all|0xETHERTYPE");
        assertThatThrownBy(() -> openXdp(Map.of(FrameChannelOption.VNET_HEADER,
            VnetHeaderLength.LEGACY), new ChannelInboundHandlerAdapter()))
            .hasMessageContaining("no vnet header");
    }
}
