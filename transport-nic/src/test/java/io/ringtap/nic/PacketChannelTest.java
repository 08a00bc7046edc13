/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.nic;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.ringtap.channel.DeviceEvent;
import io.ringtap.channel.FrameChannelOption;
import io.ringtap.channel.FramePort;
import io.ringtap.channel.FramePorts;
import io.ringtap.ethernet.DropReason;
import io.ringtap.ethernet.FrameRefusedException;
import io.ringtap.internal.nic.link.AfPacket;
import io.ringtap.internal.nic.packet.PacketSettings;
import io.ringtap.internal.unix.Errno;
import io.ringtap.testkit.TestFrames;
import io.ringtap.testkit.TestNamespace;
import io.ringtap.testsuite.FrameCollector;
import io.ringtap.testsuite.system.PacketSocket;
import io.ringtap.testsuite.system.TamperedCalls;
import io.ringtap.testsuite.system.Unprivileged;
import io.ringtap.virtio.VnetHeaderLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import static io.ringtap.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** What a packet socket does that other frame channels do not. */
class PacketChannelTest extends VethTest {
    private static final Map<ChannelOption<?>, Object> NO_OPTIONS = Map.of();

    /** Keeps whole messages, also those that are no test frames. */
    private static final class Messages extends ChannelInboundHandlerAdapter {
        private final BlockingQueue<byte[]> all = new LinkedBlockingQueue<>();

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            all.add(ByteBufUtil.getBytes((ByteBuf) message));
            ((ByteBuf) message).release();
        }

        byte[] next() throws InterruptedException {
            byte[] message = all.poll(10, TimeUnit.SECONDS);
            assertThat(message).as("a frame").isNotNull();
            return message;
        }
    }

    private static byte[] tagged(int... protocols) {
        byte[] plain = TestFrames.frame(7, 200);
        ByteBuffer frame = ByteBuffer.allocate(plain.length + 4 * protocols.length).put(plain, 0, 12);
        for (int i = 0; i < protocols.length; i++) {
            frame.putShort((short) protocols[i]).putShort((short) (0x2005 + i));
        }
        return frame.put(plain, 12, plain.length - 12).array();
    }

    @ParameterizedTest
    @EnumSource(value = VnetHeaderLength.class, names = {"NONE", "LEGACY", "MERGEABLE"})
    void tagsThatTheKernelTakesOutArePutBack(VnetHeaderLength header) throws Exception {
        Messages messages = new Messages();
        open(Map.of(FrameChannelOption.VNET_HEADER, header), messages);
        PacketSocket far = packetSocket("vb");
        for (byte[] frame : new byte[][] {tagged(0x8100), tagged(0x88a8), tagged(0x88a8, 0x8100), tagged()}) {
            far.send(frame);
            assertThat(messages.next()).isEqualTo(ByteBuffer.allocate(header.bytes() + frame.length)
                .position(header.bytes()).put(frame).array());
        }
        // Several frames in one batch, of which each has what the kernel told beside it.
        for (int i = 0; i < 20; i++) {
            far.send(i % 2 == 0 ? tagged(0x8100) : tagged());
        }
        for (int i = 0; i < 20; i++) {
            assertThat(messages.next()).hasSize(header.bytes() + (i % 2 == 0 ? tagged(0x8100) : tagged()).length);
        }
    }

    @Test
    void tagsThatAreWrittenLeaveWithTheFrame() throws Exception {
        PacketChannel channel = open(NO_OPTIONS, new FrameCollector());
        PacketSocket far = packetSocket("vb");
        for (byte[] frame : new byte[][] {tagged(0x8100), tagged(0x88a8, 0x8100)}) {
            assertThat(write(channel, frame)).isNull();
            assertThat(far.receive(10_000)).isEqualTo(frame);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whatOthersSendIsReceivedIfAskedForAndWhatItSendsItselfNever(boolean outgoing) throws Exception {
        FrameCollector collector = new FrameCollector();
        PacketChannel channel = open(Map.of(PacketChannelOption.OUTGOING, outgoing), collector);
        assertThat(write(channel, TestFrames.frame(1))).isNull();
        packetSocket("va").send(TestFrames.frame(2));
        packetSocket("vb").send(TestFrames.frame(3));
        if (outgoing) {
            assertThat(collector.next()).isEqualTo(TestFrames.frame(2));
        }
        assertThat(collector.next()).isEqualTo(TestFrames.frame(3));
        assertThat(collector.staysQuiet()).isTrue();
        assertThat(channel.config().isOutgoing()).isEqualTo(outgoing);
        assertThat(channel.packetDevice().options().get(AfPacket.SOL_PACKET, AfPacket.PACKET_IGNORE_OUTGOING, "it"))
            .as("the kernel does not even queue them").isEqualTo(outgoing ? 0 : 1);
    }

    @Test
    void aLinkThatIsSetDownRefusesAndGoesOnWhenItIsUp() throws Exception {
        FrameCollector collector = new FrameCollector();
        PacketChannel channel = open(NO_OPTIONS, collector);
        assertThat(channel.isLinkUp()).isTrue();
        namespace.ip("link", "set", "va", "down");
        await("LinkDown", () -> collector.deviceEvents().contains(new DeviceEvent.LinkDown()));
        assertThat(channel.isLinkUp()).isFalse();
        assertThat(write(channel, TestFrames.frame(1))).isInstanceOfSatisfying(FrameRefusedException.class,
            refused -> assertThat(refused.reason()).isEqualTo(DropReason.DOWN))
            .hasMessageContainingAll("packet:va", "ip link set dev va up");
        namespace.ip("link", "set", "va", "up");
        await("LinkUp", () -> collector.deviceEvents().contains(new DeviceEvent.LinkUp()));
        PacketSocket far = packetSocket("vb");
        assertThat(write(channel, TestFrames.frame(2))).isNull();
        assertThat(far.receive(10_000)).isEqualTo(TestFrames.frame(2));
        far.send(TestFrames.frame(3));
        assertThat(collector.next()).isEqualTo(TestFrames.frame(3));
        assertThat(collector.exceptions()).isEmpty();
    }

    @Test
    void anInterfaceThatIsDownCanBeOpened() throws Exception {
        namespace.ip("link", "set", "va", "down");
        FrameCollector collector = new FrameCollector();
        PacketChannel channel = open(NO_OPTIONS, collector);
        assertThat(channel.isLinkUp()).isFalse();
        namespace.ip("link", "set", "va", "up");
        await("LinkUp", () -> collector.deviceEvents().contains(new DeviceEvent.LinkUp()));
        packetSocket("vb").send(TestFrames.frame(1));
        assertThat(collector.next()).isEqualTo(TestFrames.frame(1));
    }

    @Test
    void aChangeOfTheMtuIsReportedAndANewNameIsKnown() throws Exception {
        FrameCollector collector = new FrameCollector();
        PacketChannel channel = open(NO_OPTIONS, collector);
        namespace.ip("link", "set", "va", "mtu", "1300");
        await("MtuChanged", () -> collector.deviceEvents().contains(new DeviceEvent.MtuChanged(1500, 1300)));
        assertThat(write(channel, TestFrames.frame(1, 1400))).isInstanceOfSatisfying(FrameRefusedException.class,
            refused -> assertThat(refused.reason()).isEqualTo(DropReason.TOO_LONG));
        namespace.ip("link", "set", "va", "down");
        namespace.ip("link", "set", "va", "name", "vz");
        await("the new name", () -> channel.localAddress().equals(new PacketAddress("vz")));
        assertThat(channel.isOpen()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"deleted", "moved"})
    void anInterfaceThatIsGoneClosesTheChannel(String how) throws Exception {
        FrameCollector collector = new FrameCollector();
        PacketChannel channel = open(NO_OPTIONS, collector);
        if (how.equals("deleted")) {
            namespace.ip("link", "del", "va");
        } else {
            namespace.ip("link", "set", "va", "netns", closing(TestNamespace.create()).name());
        }
        assertThat(channel.closeFuture().await(10, TimeUnit.SECONDS)).as("it closes").isTrue();
        await("Gone", () -> collector.deviceEvents().stream().anyMatch(DeviceEvent.Gone.class::isInstance));
        assertThat(collector.exceptions()).hasSize(1).first()
            .satisfies(cause -> assertThat(cause).hasMessageContainingAll("packet:va", "is gone"));
    }

    @Test
    void anInterfaceThatDoesNotExistCannotBeOpened() {
        assertThatThrownBy(() -> bootstrap(NO_OPTIONS, new FrameCollector()).bind(new PacketAddress("nosuch")).sync())
            .isInstanceOf(IOException.class).hasMessageContainingAll("packet:nosuch", "ENODEV", "ip link");
    }

    @Test
    void anInterfaceWithoutEthernetIsRefused() throws Exception {
        namespace.ip("tuntap", "add", "tun0", "mode", "tun");
        assertThatThrownBy(() -> bootstrap(NO_OPTIONS, new FrameCollector()).bind(new PacketAddress("tun0")).sync())
            .isInstanceOf(IOException.class).hasMessageContainingAll("packet:tun0", "no Ethernet frames");
    }

    @Test
    void withoutThePrivilegeTheMessageSaysWhichOneIsMissing() throws Exception {
        Throwable cause = Unprivileged.call(PacketSockets::unavailabilityCause);
        assertThat(cause).hasMessageContainingAll("EPERM", "CAP_NET_RAW");
        assertThat(Unprivileged.call(PacketSockets::isAvailable)).isFalse();
        assertThat(PacketSockets.isAvailable()).isTrue();
    }

    @Test
    void aHeaderThatNoPacketSocketHasIsRefusedAndTheFirstPossibleOneTaken() throws Exception {
        assertThatThrownBy(() -> open(Map.of(FrameChannelOption.VNET_HEADER, VnetHeaderLength.ofBytes(20)),
            new FrameCollector())).isInstanceOf(IOException.class).hasMessageContainingAll("20 bytes", "10 bytes");
        PacketChannel channel = open(Map.of(FrameChannelOption.VNET_HEADERS,
            List.of(VnetHeaderLength.ofBytes(24), VnetHeaderLength.LEGACY)), new FrameCollector());
        assertThat(channel.vnetHeaderLength()).isEqualTo(10);
        assertThat(channel.vnetBackend().isRestrictable()).isFalse();
    }

    /** Linux before 6.4 knows no length of the header. */
    @Test
    void anOlderKernelGivesTheShortHeader() throws Exception {
        try (TamperedCalls calls = new TamperedCalls()) {
            calls.fail(Errno.ENOPROTOOPT, (name, arguments) -> name.equals("setsockopt")
                && arguments[1].equals(AfPacket.SOL_PACKET) && arguments[2].equals(AfPacket.PACKET_VNET_HDR_SZ));
            PacketChannel channel = open(Map.of(FrameChannelOption.VNET_HEADERS,
                List.of(VnetHeaderLength.MERGEABLE, VnetHeaderLength.LEGACY)), new FrameCollector());
            assertThat(channel.vnetHeaderLength()).isEqualTo(10);
        }
    }

    /** Linux before 4.20 delivers what is sent, too. */
    @Test
    void anOlderKernelsCopiesOfWhatIsSentAreThrownAway() throws Exception {
        FrameCollector collector = new FrameCollector();
        try (TamperedCalls calls = new TamperedCalls()) {
            calls.fail(Errno.ENOPROTOOPT, (name, arguments) -> name.equals("setsockopt")
                && arguments[1].equals(AfPacket.SOL_PACKET) && arguments[2].equals(AfPacket.PACKET_IGNORE_OUTGOING));
            open(NO_OPTIONS, collector);
        }
        packetSocket("va").send(TestFrames.frame(1));
        packetSocket("vb").send(TestFrames.frame(2));
        assertThat(collector.next()).isEqualTo(TestFrames.frame(2));
        assertThat(collector.staysQuiet()).isTrue();
    }

    @Test
    void whatTheKernelDropsIsToldFromTheOpenOn() throws Exception {
        FrameCollector collector = new FrameCollector();
        PacketChannel channel = open(Map.of(ChannelOption.AUTO_READ, false, ChannelOption.SO_RCVBUF, 20_000),
            collector);
        assertThat(channel.deviceDrops().received()).isZero();
        assertThat(channel.deviceDrops().sent()).isEqualTo(-1);
        PacketSocket far = packetSocket("vb");
        int sent = 500;
        for (int i = 0; i < sent; i++) {
            far.send(TestFrames.frame(i, 1000));
        }
        await("drops", () -> channel.deviceDrops().received() > 0);
        long dropped = channel.deviceDrops().received();
        channel.config().setAutoRead(true);
        await("every frame is received or counted", () ->
            channel.stats().rxFrames() + channel.deviceDrops().received() == sent);
        assertThat(channel.deviceDrops().received()).as("counted once").isEqualTo(dropped);
    }

    @Test
    void aBatchIsOneSystemCall() throws Exception {
        FrameCollector collector = new FrameCollector();
        PacketChannel channel = open(NO_OPTIONS, collector);
        PacketSocket far = packetSocket("vb");
        AtomicInteger sends = new AtomicInteger();
        try (TamperedCalls calls = new TamperedCalls()) {
            calls.fail(Errno.EIO, (name, arguments) -> {
                sends.addAndGet(name.equals("sendmmsg") || name.equals("writev") || name.equals("write") ? 1 : 0);
                return false;
            });
            List<ChannelFuture> futures = new ArrayList<>();
            channel.eventLoop().submit(() -> {
                for (int i = 0; i < 40; i++) {
                    // Of one part in direct memory, of one on the heap, and of several.
                    ByteBuf frame = Unpooled.copiedBuffer(TestFrames.frame(i));
                    futures.add(channel.write(i % 3 == 0 ? Unpooled.directBuffer().writeBytes(frame.duplicate())
                        : i % 3 == 1 ? frame.retain() : Unpooled.wrappedBuffer(frame.retainedSlice(0, 14),
                            frame.retainedSlice(14, 46))));
                    frame.release();
                }
                channel.flush();
            }).sync();
            for (ChannelFuture future : futures) {
                future.sync();
            }
        }
        assertThat(sends).hasValue(1);
        for (int i = 0; i < 40; i++) {
            assertThat(far.receive(10_000)).isEqualTo(TestFrames.frame(i));
        }
    }

    @Test
    void theInterfaceIsPromiscuousAsLongAsTheChannelIsOpen() throws Exception {
        PacketChannel channel = open(NO_OPTIONS, new FrameCollector());
        assertThat(namespace.ip("-d", "link", "show", "va")).contains("promiscuity 1");
        channel.close().sync();
        assertThat(namespace.ip("-d", "link", "show", "va")).contains("promiscuity 0");
        open(Map.of(PacketChannelOption.PROMISCUOUS, false), new FrameCollector());
        assertThat(namespace.ip("-d", "link", "show", "va")).contains("promiscuity 0");
    }

    @Test
    void framesPassTheQueueingDisciplineByIfAskedFor() throws Exception {
        PacketChannel channel = open(Map.of(PacketChannelOption.QDISC_BYPASS, true), new FrameCollector());
        namespace.tc("qdisc", "add", "dev", "va", "root", "pfifo");
        PacketSocket far = packetSocket("vb");
        assertThat(write(channel, TestFrames.frame(1))).isNull();
        assertThat(far.receive(10_000)).isEqualTo(TestFrames.frame(1));
        assertThat(namespace.tc("-s", "qdisc", "show", "dev", "va")).contains("Sent 0 bytes 0 pkt");
    }

    @Test
    void whatTheHostDoesWithTheSameFramesIsWarnedOf() throws Exception {
        PacketChannel channel = open(NO_OPTIONS, new FrameCollector());
        assertThat(channel.forwardingHazards()).isEmpty();
        namespace.ip("address", "add", "192.0.2.1/24", "dev", "va");
        assertThat(channel.forwardingHazards()).singleElement().asString()
            .contains("packet:va", "192.0.2.1/24", "ip address flush dev va");
        namespace.ip("address", "flush", "dev", "va");
        namespace.ip("link", "add", "br0", "type", "bridge");
        namespace.ip("link", "set", "va", "master", "br0");
        assertThat(channel.forwardingHazards()).singleElement().asString().contains("br0", "nomaster");
        channel.close().sync();
        assertThat(channel.forwardingHazards()).isEmpty();
    }

    @Test
    void portsByName() {
        FramePort port = FramePorts.parse("packet:eth0,vnet=12+10,fanout=round-robin,promisc=off,outgoing=on,"
            + "rcvbuf=65536");
        assertThat(port.address()).isEqualTo(new PacketAddress("eth0"));
        assertThat(port.options()).containsEntry(PacketChannelOption.FANOUT, PacketFanout.ROUND_ROBIN)
            .containsEntry(PacketChannelOption.PROMISCUOUS, false).containsEntry(PacketChannelOption.OUTGOING, true)
            .containsEntry(ChannelOption.SO_RCVBUF, 65536);
        assertThat(port.identity()).isEqualTo(FramePorts.parse("packet:eth0").identity())
            .isNotEqualTo(FramePorts.parse("packet:eth1").identity());
        assertThat(FramePorts.parse(PacketAddress.told("a,b]\u001b").toString()).address())
            .isEqualTo(PacketAddress.told("a,b]\u001b"));
        assertThatThrownBy(() -> FramePorts.parse("packet:eth0,fanout=any")).hasMessageContaining("hash|round-robin");
        assertThatThrownBy(() -> FramePorts.parse("packet:")).hasMessageContaining("eth0");
        assertThatThrownBy(() -> FramePorts.parse("packet:a/b")).hasMessageContaining("character 2");
    }

    @Test
    void optionsAreFixedWhileTheChannelIsActiveExceptForBuffers() throws Exception {
        PacketChannel channel = open(NO_OPTIONS, new FrameCollector());
        assertThatThrownBy(() -> channel.config().setOption(PacketChannelOption.PROMISCUOUS, false))
            .isInstanceOf(IllegalStateException.class).hasMessageContaining("packet:va");
        assertThat(channel.config().getReceiveBufferSize()).isEqualTo(PacketSettings.RECEIVE_BUFFER);
        channel.config().setOption(ChannelOption.SO_RCVBUF, 100_000);
        channel.config().setOption(ChannelOption.SO_SNDBUF, 200_000);
        assertThat(channel.config().getOptions()).containsEntry(ChannelOption.SO_RCVBUF, 100_000)
            .containsEntry(ChannelOption.SO_SNDBUF, 200_000).containsEntry(PacketChannelOption.PROMISCUOUS, true);
    }
}
