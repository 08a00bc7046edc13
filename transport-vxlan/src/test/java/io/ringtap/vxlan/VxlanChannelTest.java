/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vxlan;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.ringtap.channel.FramePorts;
import io.ringtap.channel.PortSyntaxException;
import io.ringtap.ethernet.DropReason;
import io.ringtap.ethernet.FrameRefusedException;
import io.ringtap.ethernet.MacAddress;
import io.ringtap.testkit.Await;
import io.ringtap.testkit.PacketBuilder;
import io.ringtap.testkit.PacketCheck;
import io.ringtap.testkit.TestFrames;
import io.ringtap.testkit.TestNamespace;
import io.ringtap.testsuite.FrameCollector;
import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Who is heard, where frames go, and what does not fit. */
class VxlanChannelTest extends VxlanTest {
    private static final int VNI = VxlanTestbed.VNI;

    /** Keeps the bytes of all frames. */
    private static final class Frames extends ChannelInboundHandlerAdapter {
        final BlockingQueue<byte[]> queue = new LinkedBlockingQueue<>();

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ByteBuf frame = (ByteBuf) message;
            byte[] bytes = new byte[frame.readableBytes()];
            frame.readBytes(bytes);
            frame.release();
            queue.add(bytes);
        }

        byte[] next() throws InterruptedException {
            byte[] frame = queue.poll(10, TimeUnit.SECONDS);
            assertThat(frame).as("a frame arrives").isNotNull();
            return frame;
        }
    }

    private static byte[] frameTo(long destination, long source, long number) {
        byte[] frame = TestFrames.frame(number);
        ByteBuffer.wrap(frame).putLong(0, destination << 16 | source >>> 32).putInt(8, (int) source);
        return frame;
    }

    @Test
    void aFrameToAStationThatWasHeardGoesToItsEndAlone() throws Exception {
        FarSocket second = farSocket("192.0.2.2");
        FarSocket third = farSocket("192.0.2.3");
        Frames frames = new Frames();
        VxlanChannel channel = open("192.0.2.1",
            options(VxlanChannelOption.REMOTES, List.of("192.0.2.2", "192.0.2.3")), frames);
        byte[] flooded = frameTo(0x02_00_00_00_00_03L, 0x02_00_00_00_00_01L, 1);
        assertThat(write(channel, flooded)).isNull();
        assertThat(second.receive(VNI, 10_000)).isEqualTo(flooded);
        assertThat(third.receive(VNI, 10_000)).isEqualTo(flooded);
        byte[] answer = frameTo(0x02_00_00_00_00_01L, 0x02_00_00_00_00_03L, 2);
        third.send(FarSocket.datagram(VNI, answer));
        assertThat(frames.next()).isEqualTo(answer);
        byte[] known = frameTo(0x02_00_00_00_00_03L, 0x02_00_00_00_00_01L, 3);
        assertThat(write(channel, known)).isNull();
        assertThat(third.receive(VNI, 10_000)).isEqualTo(known);
        byte[] all = frameTo(0xff_ff_ff_ff_ff_ffL, 0x02_00_00_00_00_01L, 4);
        assertThat(write(channel, all)).isNull();
        assertThat(second.receive(VNI, 10_000)).as("what was known went to the third alone").isEqualTo(all);
        // The station moves to another end.
        second.send(FarSocket.datagram(VNI, answer));
        assertThat(frames.next()).isEqualTo(answer);
        assertThat(write(channel, known)).isNull();
        assertThat(second.receive(VNI, 10_000)).isEqualTo(known);
        assertThat(channel.vxlanStats().stationMoves()).isEqualTo(1);
        assertThat(third.receive(VNI, 10_000)).isEqualTo(all);
    }

    @Test
    void staticStationsDoNotMoveAndNothingIsLearnedIfThatIsOff() throws Exception {
        FarSocket second = farSocket("192.0.2.2");
        FarSocket third = farSocket("192.0.2.3");
        Frames frames = new Frames();
        VxlanChannel channel = open("192.0.2.1",
            options(VxlanChannelOption.REMOTES, List.of("192.0.2.2"), VxlanChannelOption.LEARNING, false,
                VxlanChannelOption.STATIONS,
                Map.of(MacAddress.of(0x02_00_00_00_00_03L), Underlay.address("192.0.2.3"))), frames);
        byte[] known = frameTo(0x02_00_00_00_00_03L, 0x02_00_00_00_00_01L, 1);
        assertThat(write(channel, known)).isNull();
        assertThat(third.receive(VNI, 10_000)).isEqualTo(known);
        byte[] liar = frameTo(0x02_00_00_00_00_01L, 0x02_00_00_00_00_03L, 2);
        second.send(FarSocket.datagram(VNI, liar));
        assertThat(frames.next()).isEqualTo(liar);
        assertThat(write(channel, known)).isNull();
        assertThat(third.receive(VNI, 10_000)).isEqualTo(known);
        assertThat(channel.vxlanStats().stations()).isEqualTo(1);
    }

    @Test
    void whatIsNoFrameOfThisNetworkIsDroppedAndCounted() throws Exception {
        FarSocket second = farSocket("192.0.2.2");
        FarSocket stranger = farSocket("192.0.2.3");
        Frames frames = new Frames();
        VxlanChannel channel =
            open("192.0.2.1", options(VxlanChannelOption.REMOTES, List.of("192.0.2.2")), frames);
        byte[] frame = TestFrames.frame(1);
        stranger.send(FarSocket.datagram(VNI, frame));
        second.send(FarSocket.datagram(VNI + 1, frame));
        second.send(FarSocket.datagram(VNI, new byte[13]));
        second.send(ByteBuffer.allocate(3));
        second.send(ByteBuffer.allocate(8 + frame.length).putInt(0).putInt(VNI << 8).put(frame).flip());
        // Reserved bits are ignored.
        second.send(ByteBuffer.allocate(8 + frame.length).putInt(0xf8ff_ffff).putInt(VNI << 8 | 0xff).put(frame)
            .flip());
        assertThat(frames.next()).isEqualTo(frame);
        Await.await("all are counted", () -> channel.stats().rxDrops() == 5);
        assertThat(channel.stats().rxDrops(DropReason.STRANGER)).isEqualTo(1);
        assertThat(channel.stats().rxDrops(DropReason.WRONG_NETWORK)).isEqualTo(1);
        assertThat(channel.stats().rxDrops(DropReason.MALFORMED)).isEqualTo(3);
    }

    @Test
    void remotesComeAndGoWhileTheChannelIsOpen() throws Exception {
        FarSocket second = farSocket("192.0.2.2");
        FarSocket third = farSocket("192.0.2.3");
        Frames frames = new Frames();
        VxlanChannel channel = open("192.0.2.1", options(), frames);
        assertThat(write(channel, TestFrames.frame(1))).isInstanceOf(FrameRefusedException.class)
            .hasMessageContaining("no other end");
        assertThat(channel.stats().txDrops(DropReason.UNREACHABLE)).isEqualTo(1);
        channel.config().setOption(VxlanChannelOption.REMOTES, List.of("192.0.2.2"));
        Await.await("the MTU is known", () -> channel.innerMtu() == 1450);
        assertThat(write(channel, TestFrames.frame(2))).isNull();
        assertThat(second.receive(VNI, 10_000)).isEqualTo(TestFrames.frame(2));
        second.send(FarSocket.datagram(VNI, TestFrames.frame(3)));
        frames.next();
        assertThat(channel.vxlanStats().stations()).isEqualTo(1);
        channel.config().setOption(VxlanChannelOption.REMOTES, List.of("192.0.2.3"));
        Await.await("the stations of the former end are forgotten", () -> channel.vxlanStats().stations() == 0);
        assertThat(write(channel, TestFrames.frame(4))).isNull();
        assertThat(third.receive(VNI, 10_000)).isEqualTo(TestFrames.frame(4));
        second.send(FarSocket.datagram(VNI, TestFrames.frame(5)));
        Await.await("the former end is a stranger", () -> channel.stats().rxDrops(DropReason.STRANGER) == 1);
    }

    @Test
    void whatCannotBeARemoteIsRefusedAtBind() {
        assertThatThrownBy(() -> bind("192.0.2.1", options(VxlanChannelOption.REMOTES, List.of("192.0.2.1")),
            new Frames()).sync()).isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("the address of this end");
        assertThatThrownBy(() -> bind("192.0.2.1", options(VxlanChannelOption.REMOTES, List.of("2001:db8::2")),
            new Frames()).sync()).hasMessageContaining("two address families");
        assertThatThrownBy(() -> bind("192.0.2.1", options(VxlanChannelOption.REMOTES, List.of("239.1.1.1")),
            new Frames()).sync()).hasMessageContaining("multicast group");
        assertThatThrownBy(() -> bind("192.0.2.77", options(), new Frames()).sync())
            .hasMessageContaining("EADDRNOTAVAIL").hasMessageContaining("ip address");
        assertThatThrownBy(() -> bind("192.0.2.1", options(VxlanChannelOption.REMOTES, List.of("fdb:vxlan42")),
            new Frames()).sync()).hasMessageContaining("vxlan42").hasMessageContaining("ENODEV");
    }

    @Test
    void aStationWhosePacketDoesNotFitIsTold() throws Exception {
        farSocket("192.0.2.2");
        Frames frames = new Frames();
        VxlanChannel channel =
            open("192.0.2.1", options(VxlanChannelOption.REMOTES, List.of("192.0.2.2")), frames);
        for (int version : new int[] {4, 6}) {
            PacketBuilder packet = PacketBuilder.tcp(version).fragment(0x4000).randomPayload(new Random(1), 1450);
            byte[] frame = packet.build();
            assertThat(write(channel, frame)).isInstanceOf(FrameRefusedException.class)
                .hasMessageContaining("MTU");
            byte[] answer = frames.next();
            PacketCheck.of(answer);
            assertThat(ByteBuffer.wrap(answer).getLong(0) >>> 16).isEqualTo(ByteBuffer.wrap(frame).getLong(6) >>> 16);
            int icmp = 14 + (version == 4 ? 20 : 40);
            assertThat(answer[icmp]).isEqualTo((byte) (version == 4 ? 3 : 2));
            assertThat(ByteBuffer.wrap(answer).getShort(icmp + 6)).isEqualTo((short) 1450);
        }
        assertThat(channel.stats().txDrops(DropReason.TOO_LONG)).isEqualTo(2);
        assertThat(channel.vxlanStats().tooBigAnswers()).isEqualTo(2);
        // Nobody is told of what is no packet, or may be fragmented.
        assertThat(write(channel, TestFrames.frame(1, 1465))).isInstanceOf(FrameRefusedException.class);
        assertThat(write(channel, PacketBuilder.udp(4).fragment(0).randomPayload(new Random(1), 1450).build()))
            .isInstanceOf(FrameRefusedException.class);
        assertThat(channel.vxlanStats().tooBigAnswers()).isEqualTo(2);
        assertThat(write(channel, TestFrames.frame(1, 1464))).isNull();
    }

    @Test
    void thePathMtuIsHeard() throws Exception {
        farSocket("192.0.2.2");
        VxlanChannel channel =
            open("192.0.2.1", options(VxlanChannelOption.REMOTES, List.of("192.0.2.2")), new Frames());
        assertThat(channel.innerMtu()).isEqualTo(1450);
        underlay.near.ip("route", "add", "192.0.2.2/32", "dev", Underlay.NEAR_DEVICE, "mtu", "1400");
        assertThat(write(channel, TestFrames.frame(1, 1464))).as("the kernel refuses it")
            .isInstanceOf(FrameRefusedException.class);
        assertThat(write(channel, TestFrames.frame(2, 1364))).isNull();
        Await.await("the MTU is told", () -> channel.innerMtu() == 1350);
    }

    @Test
    void portsAreReadByName() throws Exception {
        VxlanAddress address = (VxlanAddress) FramePorts.load().parse("vxlan:42,local=192.0.2.1,remote=a+b", Set.of())
            .address();
        assertThat(address.vni()).isEqualTo(42);
        VxlanChannel channel =
            open("2001:db8::1", options(VxlanChannelOption.REMOTES, List.of("2001:db8::2")), new FrameCollector());
        assertThat(channel.localAddress()).hasToString("vxlan:42,local=2001:db8:0:0:0:0:0:1,port=4789");
        assertThat(FramePorts.load().parse(channel.localAddress().toString(), Set.of()).address())
            .isEqualTo(VxlanAddress.ofNetwork(42));
        Await.await("the MTU is known", () -> channel.innerMtu() == 1430);
        assertThatThrownBy(() -> FramePorts.load().parse("vxlan:forty", Set.of()))
            .isInstanceOf(PortSyntaxException.class).hasMessageContaining("vxlan:42");
        assertThatThrownBy(() -> FramePorts.load().parse("vxlan:16777216,local=192.0.2.1", Set.of()))
            .hasMessageContaining("VNI");
    }

    @Test
    void marksOfCongestionReachThePacket() throws Exception {
        FarSocket second = farSocket("192.0.2.2");
        Frames frames = new Frames();
        VxlanChannel channel =
            open("192.0.2.1", options(VxlanChannelOption.REMOTES, List.of("192.0.2.2")), frames);
        second.setTrafficClass(3);
        second.send(FarSocket.datagram(VNI, PacketBuilder.tcp(4).tos(0x46).build()));
        byte[] marked = frames.next();
        PacketCheck.of(marked).verifyTransport();
        assertThat(marked[15]).isEqualTo((byte) 0x47);
        second.send(FarSocket.datagram(VNI, PacketBuilder.tcp(6).tos(0x01).build()));
        assertThat(ByteBuffer.wrap(frames.next()).getShort(14) >> 4 & 0xff).isEqualTo(3);
        second.send(FarSocket.datagram(VNI, PacketBuilder.tcp(4).tos(0).build()));
        Await.await("a packet that takes no marks is lost",
            () -> channel.stats().rxDrops(DropReason.CONGESTED) == 1);
    }

    @Test
    void theFdbOfAKernelsDeviceIsFollowed() throws Exception {
        FarSocket second = farSocket("192.0.2.2");
        FarSocket third = farSocket("192.0.2.3");
        underlay.near.ip("link", "add", "vxlan42", "type", "vxlan", "id", "42", "dstport", "4790", "local", "192.0.2.1",
            "nolearning");
        underlay.near.ip("link", "set", "vxlan42", "up");
        VxlanChannel channel =
            open("192.0.2.1", options(VxlanChannelOption.REMOTES, List.of("fdb:vxlan42")), new Frames());
        assertThat(channel.innerMtu()).isZero();
        fdb("append", "00:00:00:00:00:00", "192.0.2.2");
        Await.await("an end is known", () -> channel.innerMtu() == 1450);
        byte[] frame = frameTo(0x02_00_00_00_00_03L, 0x02_00_00_00_00_01L, 1);
        assertThat(write(channel, frame)).isNull();
        assertThat(second.receive(VNI, 10_000)).isEqualTo(frame);
        fdb("add", "02:00:00:00:00:03", "192.0.2.3");
        Await.await("a station is known", () -> channel.vxlanStats().stations() == 1);
        assertThat(write(channel, frame)).isNull();
        assertThat(third.receive(VNI, 10_000)).isEqualTo(frame);
        fdb("del", "02:00:00:00:00:03", "192.0.2.3");
        Await.await("the station is forgotten", () -> channel.vxlanStats().stations() == 0);
        assertThat(write(channel, frame)).isNull();
        assertThat(second.receive(VNI, 10_000)).isEqualTo(frame);
    }

    private void fdb(String change, String station, String end) throws Exception {
        TestNamespace.run("bridge", "-n", underlay.near.name(), "fdb", change, station, "dev", "vxlan42", "dst", end);
    }

    @Test
    void aRemoteMayBeAName() throws Exception {
        VxlanChannel channel = open("127.0.0.9",
            options(VxlanChannelOption.REMOTES, List.of("localhost", "there-is-none.invalid")), new Frames());
        Await.await("the name is known", () -> channel.innerMtu() > 0);
        assertThat(write(channel, TestFrames.frame(1))).isNull();
    }
}
