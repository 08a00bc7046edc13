/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vhost;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.ringtap.channel.DeviceEvent;
import io.ringtap.channel.FrameChannelOption;
import io.ringtap.channel.FrameFrontEnd;
import io.ringtap.internal.unix.SystemCalls;
import io.ringtap.internal.vhost.queue.QueueFeatures;
import io.ringtap.testkit.Await;
import io.ringtap.testkit.LeakExtension;
import io.ringtap.testkit.PacketBuilder;
import io.ringtap.testkit.PacketCheck;
import io.ringtap.testkit.TestFrames;
import io.ringtap.testsuite.FrameCollector;
import io.ringtap.testsuite.TestLoops;
import io.ringtap.virtio.VirtioNetFeature;
import io.ringtap.virtio.VirtioNetHeader;
import io.ringtap.virtio.VirtioNetOffload;
import io.ringtap.virtio.VnetHeaderLength;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;

/** Guests that come after others, as other guests, and a channel that connects to those that listen. */
@EnabledOnOs(OS.LINUX)
@ExtendWith(LeakExtension.class)
class GuestReconnectTest {
    private static final int QUEUE = 64;
    private static final int SEGMENT = 1000;
    private static final int PAYLOAD = 3500;

    @TempDir
    private Path folder;

    private final FrameCollector frames = new FrameCollector();
    private final EventLoopGroup group = TestLoops.available().findFirst().orElseThrow().newGroup(1);
    private VhostAddress address;
    private VhostChannel channel;

    @AfterEach
    void stop() throws Exception {
        channel.close().sync();
        group.shutdownGracefully(0, 10, TimeUnit.SECONDS).sync();
        assertThat(frames.exceptions()).isEmpty();
    }

    private void bind(boolean server, VnetHeaderLength header, ChannelHandler handler) throws InterruptedException {
        address = new VhostAddress(folder.resolve("vm1.sock").toString());
        channel = (VhostChannel) new Bootstrap().group(group).channel(VhostChannel.class).handler(handler)
            .option(VhostChannelOption.SERVER, server).option(VhostChannelOption.RECONNECT_MILLIS, 10)
            .option(FrameChannelOption.VNET_HEADER, header).bind(address).sync().channel();
    }

    private static byte[] received(GuestPeer guest) throws Exception {
        byte[][] frame = new byte[1][];
        Await.await("a frame", () -> (frame[0] = guest.receive()) != null);
        return frame[0];
    }

    /** The channel is there first; then each front end listens anew, as a process that was started again. */
    @Test
    void frontEndsThatListenAreFoundAgain() throws Exception {
        bind(false, VnetHeaderLength.NONE, frames);
        for (int round = 0; round < 3; round++) {
            long features = GuestPeer.usualFeatures() | (round == 1 ? QueueFeatures.RING_PACKED : 0);
            int listening = StreamSocket.open(new FrameStreamAddress(address.socketName()));
            SocketFile file = null;
            try {
                file = SocketFile.bind(listening, address.socketName(), StreamSocket.SOCK_STREAM, 0600);
                SystemCalls.check("listen", SystemCalls.listen(listening, 16));
                serve(listening, round, features);
            } finally {
                SystemCalls.close(listening);
                if (file != null) {
                    file.remove();
                }
            }
            Await.await("no link", () -> !channel.isLinkUp());
        }
        assertThat(frames.deviceEvents().stream().filter(event -> event instanceof DeviceEvent.LinkUp)).hasSize(6);
    }

    /** The second connection to it comes after it has closed the first. */
    private void serve(int listening, int round, long features) throws Exception {
        for (int connection = 0; connection < 2; connection++) {
            try (GuestPeer guest = GuestPeer.accept(listening, QUEUE, features).start(features)) {
                Await.await("the link", channel::isLinkUp);
                for (int i = 0; i < 3 * QUEUE; i++) {
                    assertThat(guest.transmit(TestFrames.frame(i))).isTrue();
                    assertThat(TestFrames.number(frames.next())).as("round %d", round).isEqualTo(i);
                    channel.writeAndFlush(channel.alloc().buffer().writeBytes(TestFrames.frame(i))).sync();
                    assertThat(received(guest)).isEqualTo(TestFrames.frame(i));
                }
            }
            Await.await("no link", () -> !channel.isLinkUp());
        }
    }

    private static long bits(VirtioNetFeature... features) {
        long bits = 0;
        for (VirtioNetFeature feature : features) {
            bits |= 1L << feature.bit();
        }
        return bits;
    }

    /**
     * An application that leaves checksums and segments to its port: the first guest takes that as it is, the second
     * one, with an older header, gets what software has finished, and the third one is like the first.
     */
    @Test
    void whatTheNextGuestDoesNotTakeIsFinishedBySoftware() throws Exception {
        bind(true, VnetHeaderLength.MERGEABLE, new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel made) {
                made.pipeline().addLast(new FrameFrontEnd(VnetHeaderLength.MERGEABLE,
                    Set.of(VirtioNetFeature.CSUM, VirtioNetFeature.HOST_TSO4)), frames);
            }
        });
        long able = GuestPeer.usualFeatures() | bits(VirtioNetFeature.GUEST_CSUM, VirtioNetFeature.GUEST_TSO4);
        long plain = able & ~bits(VirtioNetFeature.GUEST_CSUM, VirtioNetFeature.GUEST_TSO4, VirtioNetFeature.MRG_RXBUF)
            & ~QueueFeatures.VERSION_1;
        PacketBuilder packet = PacketBuilder.tcp(4).randomPayload(new Random(5), PAYLOAD);
        byte[] payload = PacketCheck.of(packet.build()).verifyTransport().payloadOctets();
        for (long features : List.of(able, plain, able)) {
            try (GuestPeer guest = GuestPeer.connect(address, QUEUE, features).start(features)) {
                Await.await("the link", channel::isLinkUp);
                channel.writeAndFlush(superFrame(packet)).sync();
                if (features == able) {
                    PacketCheck whole = PacketCheck.of(received(guest));
                    assertThat(whole.isPartial()).isTrue();
                    assertThat(whole.payloadOctets()).isEqualTo(payload);
                } else {
                    assertSegments(guest, payload);
                }
                assertThat(guest.receive()).isNull();
            }
            Await.await("no link", () -> !channel.isLinkUp());
        }
        assertThat(takenAfterEachChange()).containsExactly(true, false, true);
        assertThat(channel.stats().txDrops()).isZero();
    }

    private static void assertSegments(GuestPeer guest, byte[] payload) throws Exception {
        for (int at = 0; at < payload.length; at += SEGMENT) {
            byte[] expected = Arrays.copyOfRange(payload, at, Math.min(payload.length, at + SEGMENT));
            assertThat(PacketCheck.of(received(guest)).verifyTransport().payloadOctets()).isEqualTo(expected);
        }
    }

    /** Whether the guest takes super-frames, as the events have told. */
    private List<Boolean> takenAfterEachChange() {
        return frames.deviceEvents().stream().filter(event -> event instanceof DeviceEvent.BackendChanged)
            .map(event -> ((DeviceEvent.BackendChanged) event).backend().takes().contains(VirtioNetOffload.TSO4))
            .toList();
    }

    private static ByteBuf superFrame(PacketBuilder packet) {
        VirtioNetHeader header = VirtioNetHeader.of(VnetHeaderLength.MERGEABLE);
        ByteBuf frame = packet.partial().build(header.bytes());
        header.setFlags(frame, 0, VirtioNetHeader.NEEDS_CSUM);
        header.setGsoType(frame, 0, VirtioNetHeader.GSO_TCPV4);
        header.setGsoSize(frame, 0, SEGMENT);
        header.setHdrLen(frame, 0, packet.payloadOffset());
        header.setCsumStart(frame, 0, packet.transportOffset());
        header.setCsumOffset(frame, 0, packet.checksumOffset());
        header.setNumBuffers(frame, 0, 1);
        return frame;
    }
}
