/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vhost;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.util.ReferenceCountUtil;
import io.ringtap.internal.unix.SystemCalls;
import io.ringtap.internal.vhost.control.DeviceFeatures;
import io.ringtap.internal.vhost.queue.QueueFeatures;
import io.ringtap.internal.vhost.wire.LogArea;
import io.ringtap.internal.vhost.wire.MemoryRegion;
import io.ringtap.internal.vhost.wire.MemoryTable;
import io.ringtap.internal.vhost.wire.NoPayload;
import io.ringtap.internal.vhost.wire.Number64;
import io.ringtap.internal.vhost.wire.ProtocolFeature;
import io.ringtap.internal.vhost.wire.VhostMessage;
import io.ringtap.internal.vhost.wire.VhostPayload;
import io.ringtap.internal.vhost.wire.VhostRequest;
import io.ringtap.internal.vhost.wire.VringAddress;
import io.ringtap.internal.vhost.wire.VringDescriptor;
import io.ringtap.internal.vhost.wire.VringState;
import io.ringtap.testkit.Await;
import io.ringtap.testkit.LeakExtension;
import io.ringtap.testkit.OpenDescriptors;
import io.ringtap.testkit.TestFrames;
import io.ringtap.testsuite.FrameCollector;
import io.ringtap.testsuite.LoopTurns;
import io.ringtap.testsuite.TestLoops;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** A front end that does not keep to the protocol loses its connection, and the channel serves the next one. */
@EnabledOnOs(OS.LINUX)
@ExtendWith(LeakExtension.class)
class VhostProtocolTest {
    private static final int QUEUE = 64;
    private static final long FEATURES = GuestPeer.usualFeatures();

    @TempDir
    private Path folder;

    private final Events events = new Events();
    private EventLoopGroup group;
    private VhostAddress address;
    private VhostChannel channel;

    /** What a front end does wrong. */
    @FunctionalInterface
    interface Wrong {
        void act(GuestPeer guest) throws IOException;
    }

    /** Remembers why connections have ended. */
    private static final class Events extends FrameCollector {
        private final List<Object> lost = Collections.synchronizedList(new ArrayList<>());

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) throws Exception {
            if (event instanceof PeerLost || event instanceof VhostQueueFailed) {
                lost.add(event);
            }
            super.userEventTriggered(ctx, event);
        }

        String lastCause() {
            Object last = lost.isEmpty() ? null : lost.get(lost.size() - 1);
            return last instanceof PeerLost peer ? messages(peer.cause()) : "" + last;
        }

        private static String messages(Throwable cause) {
            return cause == null ? "" : cause.getMessage() + "; " + messages(cause.getCause());
        }
    }

    @BeforeEach
    void bind() throws Exception {
        group = TestLoops.available().findFirst().orElseThrow().newGroup(1);
        address = new VhostAddress(folder.resolve("vm1.sock").toString());
        channel = (VhostChannel) new Bootstrap().group(group).channel(VhostChannel.class).handler(events)
            .bind(address).sync().channel();
    }

    @AfterEach
    void stop() throws Exception {
        channel.close().sync();
        group.shutdownGracefully(0, 10, TimeUnit.SECONDS).await(10, TimeUnit.SECONDS);
        assertThat(mappings()).isEmpty();
        assertThat(events.exceptions()).isEmpty();
        assertThat(Files.exists(Path.of(address.name()))).isFalse();
    }

    private static List<String> mappings() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/maps")).stream().filter(line -> line.contains("ringtap-"))
            .toList();
    }

    private static List<String> files() {
        return OpenDescriptors.now().values().stream().map(target -> target.replaceAll("\\[.*", ""))
            .filter(target -> target.startsWith("socket") || target.startsWith("anon_inode")
                || target.contains("ringtap-")).sorted().toList();
    }

    private GuestPeer guest() throws IOException {
        return GuestPeer.connect(address, QUEUE, FEATURES);
    }

    private static VhostMessage request(VhostRequest request, VhostPayload payload) {
        return VhostMessage.request(request, payload, false);
    }

    private static byte[] raw(int request, int flags, int size, int octets) {
        return ByteBuffer.allocate(12 + octets).order(ByteOrder.nativeOrder()).putInt(request).putInt(flags)
            .putInt(size).array();
    }

    private static Arguments wrong(String what, String cause, Wrong wrong) {
        return Arguments.of(what, cause, wrong);
    }

    private static Arguments wrong(String what, String cause, VhostRequest request, VhostPayload payload) {
        return wrong(what, cause, guest -> guest.send(request(request, payload)));
    }

    private static Arguments afterStart(String what, String cause, Wrong wrong) {
        return wrong(what, cause, guest -> {
            guest.start(FEATURES);
            wrong.act(guest);
        });
    }

    static Stream<Arguments> wrongs() {
        return Stream.of(
            wrong("another version", "version 2", guest -> guest.sendRaw(raw(1, 2, 0, 0))),
            wrong("a size that no message has", "1000000 bytes follow",
                guest -> guest.sendRaw(raw(1, 1, 1_000_000, 0))),
            wrong("a request that there is not", "no request 77", guest -> guest.sendRaw(raw(77, 1, 0, 0))),
            wrong("a reply", "nobody has asked for", guest -> guest.sendRaw(raw(1, 5, 0, 0))),
            wrong("a payload too short", "payload of 4 bytes", guest -> guest.sendRaw(raw(2, 1, 4, 4))),
            wrong("a payload too long", "payload of 16 bytes", guest -> guest.sendRaw(raw(2, 1, 16, 16))),
            wrong("half a message", "in the middle of a message", guest -> {
                guest.sendRaw(new byte[] {1, 0, 0, 0, 1, 0, 0});
                guest.close();
            }),
            wrong("features that were not offered", "SET_FEATURES has bits that were not offered: 0x200000000",
                VhostRequest.SET_FEATURES, new Number64(1L << 33)),
            wrong("extensions that were not offered", "SET_PROTOCOL_FEATURES has bits that were not offered: 0x1000",
                VhostRequest.SET_PROTOCOL_FEATURES, new Number64(ProtocolFeature.INFLIGHT_SHMFD.mask())),
            wrong("a request of another feature", "POSTCOPY_ADVISE is part of a feature that was not offered",
                VhostRequest.POSTCOPY_ADVISE, new NoPayload()),
            wrong("a descriptor that is not due", "GET_FEATURES came with 1 descriptors",
                guest -> guest.send(request(VhostRequest.GET_FEATURES, new NoPayload()), guest.memoryFile())),
            wrong("no descriptor of a region", "SET_MEM_TABLE came with 0 descriptors (expected: 1)",
                guest -> guest.send(request(VhostRequest.SET_MEM_TABLE, new MemoryTable(List.of(guest.region()))))),
            wrong("too many descriptors", "SET_MEM_TABLE came with 3 descriptors (expected: 1)",
                guest -> guest.send(request(VhostRequest.SET_MEM_TABLE, new MemoryTable(List.of(guest.region()))),
                    guest.memoryFile(), guest.kick(0), guest.memoryFile())),
            wrong("a file that is no memory", "not of memory that can be shared",
                guest -> guest.send(request(VhostRequest.SET_MEM_TABLE, new MemoryTable(List.of(guest.region()))),
                    guest.kick(0))),
            wrong("a region longer than its file", "longer than its file", guest -> {
                MemoryRegion region = guest.region();
                guest.send(request(VhostRequest.SET_MEM_TABLE, new MemoryTable(List.of(new MemoryRegion(
                    region.guestAddress(), region.size() + 1, region.userAddress(), 0)))), guest.memoryFile());
            }),
            wrong("regions that overlap", "overlap", guest -> guest.send(request(VhostRequest.SET_MEM_TABLE,
                new MemoryTable(List.of(guest.region(), guest.region()))), guest.memoryFile(), guest.memoryFile())),
            wrong("a region to take away that there is not", "there is no region", guest -> {
                guest.shareMemory();
                guest.send(request(VhostRequest.REM_MEM_REG, new MemoryRegion(1, 2, 3, 4)));
            }),
            wrong("a ring before its memory", "came before the memory", guest -> guest.send(
                request(VhostRequest.SET_VRING_ADDR, guest.address(0)))),
            wrong("a ring outside of memory", "not in the memory that was shared", guest -> {
                guest.shareMemory();
                guest.send(request(VhostRequest.SET_VRING_NUM, new VringState(0, QUEUE)));
                guest.send(request(VhostRequest.SET_VRING_ADDR, new VringAddress(0, 0, GuestPeer.USER,
                    GuestPeer.USER - 8, GuestPeer.USER, 0)));
            }),
            wrong("a ring at an odd address", "not aligned", guest -> {
                guest.shareMemory();
                guest.send(request(VhostRequest.SET_VRING_NUM, new VringState(0, QUEUE)));
                guest.send(request(VhostRequest.SET_VRING_ADDR, new VringAddress(0, 0, GuestPeer.USER + 1,
                    GuestPeer.USER, GuestPeer.USER, 0)));
            }),
            wrong("a ring of no entries", "cannot have 0 entries", VhostRequest.SET_VRING_NUM, new VringState(0, 0)),
            wrong("a ring of 65536 entries", "cannot have 65536 entries", VhostRequest.SET_VRING_NUM,
                new VringState(0, 65_536)),
            wrong("a split ring of 100 entries", "a power of two", VhostRequest.SET_VRING_NUM, new VringState(1, 100)),
            wrong("a ring that there is not", "about ring 2 (expected: 0-1)", VhostRequest.SET_VRING_NUM,
                new VringState(2, QUEUE)),
            wrong("a ring of a negative number", "about ring 4294967295", VhostRequest.SET_VRING_BASE,
                new VringState(-1, 0)),
            wrong("a kick of a ring that there is not", "about ring 200", guest -> guest.send(
                request(VhostRequest.SET_VRING_KICK, VringDescriptor.of(200, false)), guest.kick(0))),
            wrong("no descriptor of a kick", "SET_VRING_KICK came with 0 descriptors (expected: 1)",
                VhostRequest.SET_VRING_KICK, VringDescriptor.of(0, false)),
            wrong("a kick too early", "ring 0 has no size", guest -> guest.send(
                request(VhostRequest.SET_VRING_KICK, VringDescriptor.of(0, false)), guest.kick(0))),
            wrong("neither enabled nor disabled", "SET_VRING_ENABLE has 2", VhostRequest.SET_VRING_ENABLE,
                new VringState(0, 2)),
            wrong("a log that can be shortened", "F_SEAL_SHRINK", guest -> guest.send(
                request(VhostRequest.SET_LOG_BASE, new LogArea(4096, 0)), guest.memoryFile())),
            afterStart("a size of a running ring", "which is running", guest -> guest.send(
                request(VhostRequest.SET_VRING_NUM, new VringState(0, QUEUE)))),
            afterStart("a base of a running ring", "which is running", guest -> guest.send(
                request(VhostRequest.SET_VRING_BASE, new VringState(1, 5)))),
            afterStart("memory without the rings", "not in the memory that was shared", guest -> guest.send(
                request(VhostRequest.SET_MEM_TABLE, new MemoryTable(List.of())))),
            afterStart("a socket of the back end", "SET_BACKEND_REQ_FD is part of a feature that was not offered",
                guest -> guest.send(request(VhostRequest.SET_BACKEND_REQ_FD, new NoPayload()), guest.kick(0))));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("wrongs")
    void whoDoesWhatIsWrongIsCutOff(String what, String cause, Wrong wrong) throws Exception {
        List<String> before = files();
        try (GuestPeer guest = guest()) {
            wrong.act(guest);
            Await.await("the end", () -> !events.lost.isEmpty());
            assertThat(events.lastCause()).contains(cause);
        }
        Await.await("nothing left of it", () -> files().equals(before) && mappings().isEmpty());
        assertServes();
    }

    private void assertServes() throws Exception {
        try (GuestPeer guest = guest().start(FEATURES)) {
            Await.await("the link", channel::isLinkUp);
            assertThat(guest.transmit(TestFrames.frame(7))).isTrue();
            assertThat(TestFrames.number(events.next())).isEqualTo(7);
        }
        Await.await("no link", () -> !channel.isLinkUp());
    }

    @Test
    void whatIsRefusedIsTheOnlyThingThatIsLost() throws Exception {
        try (GuestPeer guest = guest().start(FEATURES)) {
            assertThatThrownBy(() -> guest.tell(VhostRequest.NET_SET_MTU, new Number64(67)))
                .hasMessage("NET_SET_MTU was refused");
            guest.tell(VhostRequest.NET_SET_MTU, new Number64(9000));
            assertThatThrownBy(() -> guest.tell(VhostRequest.ADD_MEM_REG, guest.region(), guest.memoryFile()))
                .hasMessage("ADD_MEM_REG was refused");
            assertThatThrownBy(() -> guest.tell(VhostRequest.SET_BACKEND_REQ_FD, new NoPayload(), guest.kick(0)))
                .hasMessage("SET_BACKEND_REQ_FD was refused");
            assertThat(guest.ask(VhostRequest.GET_QUEUE_NUM, new NoPayload())).isEqualTo(1);
            assertThat(guest.ask(VhostRequest.GET_MAX_MEM_SLOTS, new NoPayload())).isEqualTo(32);
            guest.tell(VhostRequest.SET_STATUS, new Number64(15));
            assertThat(guest.ask(VhostRequest.GET_STATUS, new NoPayload())).isEqualTo(15);
            assertThat(guest.ask(VhostRequest.POSTCOPY_END, new NoPayload())).isEqualTo(1);
            Await.await("the link", channel::isLinkUp);
            guest.transmit(TestFrames.frame(1));
            assertThat(TestFrames.number(events.next())).isEqualTo(1);
        }
    }

    @Test
    void aFloodIsAnsweredAsFarAsItIsRead() throws Exception {
        try (GuestPeer flood = guest()) {
            int sent = 0;
            byte[] get = raw(1, 1, 0, 0);
            try {
                for (; sent < 100_000; sent++) {
                    flood.sendRaw(get);
                }
            } catch (IOException full) {
                assertThat(full).hasMessageStartingWith("sent");
            }
            assertThat(sent).isLessThan(100_000);
            assertThat(channel.eventLoop().submit(() -> 5).get(10, TimeUnit.SECONDS)).isEqualTo(5);
        }
        Await.await("the end", () -> !events.lost.isEmpty());
        assertServes();
    }

    @Test
    void whoConnectsMeanwhileIsTurnedAway() throws Exception {
        try (GuestPeer first = guest().start(FEATURES); GuestPeer second = guest()) {
            assertThat(second.isCutOff()).isTrue();
            Await.await("the link", channel::isLinkUp);
            first.transmit(TestFrames.frame(3));
            assertThat(TestFrames.number(events.next())).isEqualTo(3);
        }
    }

    @Test
    void aGuestThatTakesThePlaceOfOneThatWasKilledIsServed() throws Exception {
        for (int i = 0; i < 20; i++) {
            GuestPeer killed = guest().start(FEATURES);
            killed.close();
            try (GuestPeer guest = guest().start(FEATURES)) {
                guest.transmit(TestFrames.frame(i));
                assertThat(TestFrames.number(events.next())).isEqualTo(i);
            }
        }
    }

    @Test
    void aGuestMayKickNobody() throws Exception {
        try (GuestPeer guest = guest().start(FEATURES)) {
            for (int ring = 0; ring < 2; ring++) {
                int base = guest.stopRing(ring);
                guest.tell(VhostRequest.SET_VRING_BASE, new VringState(ring, base));
                guest.tell(VhostRequest.SET_VRING_CALL, VringDescriptor.of(ring, true));
                guest.tell(VhostRequest.SET_VRING_KICK, VringDescriptor.of(ring, true));
            }
            for (int i = 0; i < 10; i++) {
                guest.transmit(TestFrames.frame(i));
                assertThat(TestFrames.number(events.next())).isEqualTo(i);
            }
        }
    }

    /** Without an event index: a guest that is not asked to kick never does. */
    @Test
    void whoReadsNothingIsToldOfRoom() throws Exception {
        long features = FEATURES & ~QueueFeatures.EVENT_IDX;
        try (GuestPeer guest = GuestPeer.connect(address, QUEUE, features).start(features)) {
            Await.await("the link", channel::isLinkUp);
            channel.config().setAutoRead(false);
            for (int i = 0; i < 3 * QUEUE; i++) {
                channel.write(Unpooled.wrappedBuffer(TestFrames.frame(i)));
            }
            channel.flush();
            Await.await("a full ring", channel::isFull);
            // The channel has looked for room in vain, and has fallen asleep.
            LoopTurns.assertRests(channel.eventLoop());
            for (int i = 0; i < 3 * QUEUE; i++) {
                byte[][] frame = new byte[1][];
                Await.await("frame " + i, () -> (frame[0] = guest.receive()) != null);
                assertThat(frame[0]).isEqualTo(TestFrames.frame(i));
            }
        }
    }

    @Test
    void aRingGoesOnWhereItWasStopped() throws Exception {
        try (GuestPeer guest = guest().start(FEATURES)) {
            for (int i = 0; i < 5; i++) {
                guest.transmit(TestFrames.frame(i));
                assertThat(TestFrames.number(events.next())).isEqualTo(i);
                int base = guest.stopRing(GuestPeer.TRANSMIT);
                assertThat(base).isEqualTo(i + 1);
                assertThat(channel.isLinkUp()).isFalse();
                guest.startRing(GuestPeer.TRANSMIT, base);
                Await.await("the link", channel::isLinkUp);
            }
        }
    }

    @Test
    void framesOfADisabledRingAreThrownAway() throws Exception {
        try (GuestPeer guest = guest().start(FEATURES)) {
            guest.tell(VhostRequest.SET_VRING_ENABLE, new VringState(GuestPeer.TRANSMIT, 0));
            guest.transmit(TestFrames.frame(1));
            assertThat(events.staysQuiet()).isTrue();
            guest.tell(VhostRequest.SET_VRING_ENABLE, new VringState(GuestPeer.TRANSMIT, 1));
            guest.transmit(TestFrames.frame(2));
            assertThat(TestFrames.number(events.next())).isEqualTo(2);
        }
    }

    @Test
    void aGuestThatHasArrivedIsAnnounced() throws Exception {
        try (GuestPeer guest = guest().start(FEATURES)) {
            Await.await("the link", channel::isLinkUp);
            CompletableFuture<byte[]> read = new CompletableFuture<>();
            channel.pipeline().addFirst(new ChannelInboundHandlerAdapter() {
                @Override
                public void channelRead(ChannelHandlerContext ctx, Object msg) {
                    read.complete(ByteBufUtil.getBytes((ByteBuf) msg));
                    ReferenceCountUtil.release(msg);
                }
            });
            guest.tell(VhostRequest.SEND_RARP, new Number64(0x0000_5634_1200_5452L));
            byte[] frame = read.get(10, TimeUnit.SECONDS);
            assertThat(frame).hasSize(ReverseArp.BYTES).startsWith(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x52, 0x54, 0x00,
                0x12, 0x34, 0x56, 0x80, 0x35, 0, 1, 8, 0, 6, 4, 0, 3, 0x52, 0x54, 0x00, 0x12, 0x34, 0x56);
        }
    }

    /** Under load, so that the error comes up in the midst of it. */
    @Test
    void memoryThatIsTakenAwayEndsTheConnectionAndNothingElse() throws Exception {
        for (int round = 0; round < 10; round++) {
            events.lost.clear();
            try (GuestPeer guest = guest().start(FEATURES)) {
                Await.await("the link", channel::isLinkUp);
                for (int i = 0; i < 50; i++) {
                    guest.transmit(TestFrames.frame(i));
                }
                SystemCalls.truncate(guest.memoryFile(), 0);
                guest.kickNow(GuestPeer.TRANSMIT);
                guest.kickNow(GuestPeer.RECEIVE);
                Await.await("the end", () -> !events.lost.isEmpty());
                assertThat(events.lastCause()).contains("was shortened");
                assertThat(guest.isCutOff()).isTrue();
            }
            while (events.waiting() > 0) {
                events.next();
            }
        }
        assertServes();
    }

    @Test
    void packedRingsMayHaveAnySize() throws Exception {
        long features = FEATURES | QueueFeatures.RING_PACKED;
        try (GuestPeer guest = GuestPeer.connect(address, 100, features).start(features)) {
            Await.await("the link", channel::isLinkUp);
            for (int i = 0; i < 250; i++) {
                guest.transmit(TestFrames.frame(i));
                assertThat(TestFrames.number(events.next())).isEqualTo(i);
            }
        }
        assertThat(DeviceFeatures.PROTOCOL_FEATURES & features).isNotZero();
    }
}
