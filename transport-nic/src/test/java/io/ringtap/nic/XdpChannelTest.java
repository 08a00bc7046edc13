/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.nic;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.ringtap.channel.DeviceEvent;
import io.ringtap.channel.FrameChannelOption;
import io.ringtap.channel.FramePorts;
import io.ringtap.ethernet.DropReason;
import io.ringtap.ethernet.FrameRefusedException;
import io.ringtap.internal.nic.xdp.AfXdp;
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
import java.util.Map;
import java.util.Random;
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
        assertThat(openXdp(Map.of(XdpChannelOption.TAKE_ALL, true), new FrameCollector()).isActive()).isTrue();
    }

    @Test
    void aSecondOwnerIsRefusedAndToldWhy() throws Exception {
        FrameCollector collector = new FrameCollector();
        openXdp(NO_OPTIONS, collector);
        assertThatThrownBy(() -> openXdp(NO_OPTIONS, new FrameCollector())).isInstanceOf(IOException.class)
            .hasMessageContainingAll("xdp:va", "EBUSY", "XDP program already");
        packetSocket("vb").send(TestFrames.frame(1));
        assertThat(collector.next()).as("the first goes on").isEqualTo(TestFrames.frame(1));
    }

    /** As the kernel does for a moment after a close, until the last frame has reached its receiver. */
    @Test
    void aQueueThatASocketStillHasIsWaitedForWithoutTheEventLoop() throws Exception {
        XdpSocket owner = NetworkNamespace.call(namespace.name(), () -> {
            XdpSocket socket = new XdpSocket(2048);
            try (RouteNetlink links = RouteNetlink.open()) {
                assertThat(socket.bind(links.link("va").index(), 0, AfXdp.XDP_COPY)).isZero();
            }
            return socket;
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
    void aQueueThatTheInterfaceLacksAndAnMtuAboveTheChunkAreRefused() throws Exception {
        assertThatThrownBy(() -> openXdp(Map.of(XdpChannelOption.QUEUE, 77), new FrameCollector()))
            .isInstanceOf(IOException.class).hasMessageContainingAll("queue 77", "no such queue");
        assertThatThrownBy(() -> openXdp(Map.of(XdpChannelOption.ZERO_COPY, true), new FrameCollector()))
            .isInstanceOf(IOException.class).hasMessageContaining("zero-copy");
        namespace.ip("link", "set", "va", "mtu", "9000");
        assertThatThrownBy(() -> openXdp(NO_OPTIONS, new FrameCollector())).isInstanceOf(IOException.class)
            .hasMessageContainingAll("MTU of 9000", "4096");
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
        assertThatThrownBy(() -> BpfCalls.loadProgram(code)).isInstanceOf(IOException.class)
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
            int program = BpfCalls.loadProgram(code);
            assertThat(programs()).as("open programs").isEqualTo(before + 1);
            SystemCalls.close(program);
        } finally {
            Platform.install(platform);
        }
        assertThat(programs()).as("open programs").isEqualTo(before);
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
        byte[] received;
        do {
            received = far.receive(10_000);
            // The kernel joins groups of IPv6 on a link that comes up.
        } while (received != null && !TestFrames.isOurs(received));
        assertThat(received).isEqualTo(TestFrames.frame(2));
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
    void portsByName() {
        assertThat(FramePorts.parse("xdp:eth0,queue=3,take=all,zerocopy=off").options())
            .containsEntry(XdpChannelOption.QUEUE, 3).containsEntry(XdpChannelOption.TAKE_ALL, true)
            .containsEntry(XdpChannelOption.ZERO_COPY, false);
        assertThat(FramePorts.parse("xdp:eth0").identity()).isEqualTo(FramePorts.parse("xdp:eth0,queue=0").identity())
            .isNotEqualTo(FramePorts.parse("xdp:eth0,queue=1").identity());
        assertThatThrownBy(() -> FramePorts.parse("xdp:eth0,take=some")).hasMessageContaining("expected all");
        assertThatThrownBy(() -> openXdp(Map.of(FrameChannelOption.VNET_HEADER,
            VnetHeaderLength.LEGACY), new ChannelInboundHandlerAdapter()))
            .hasMessageContaining("no vnet header");
    }
}
