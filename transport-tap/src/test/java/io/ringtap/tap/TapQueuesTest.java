/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.ringtap.channel.FrameChannelOption;
import io.ringtap.internal.unix.Errno;
import io.ringtap.internal.unix.NativeMemory;
import io.ringtap.internal.unix.NetworkNamespace;
import io.ringtap.internal.unix.RouteNetlink;
import io.ringtap.internal.unix.SystemCallException;
import io.ringtap.internal.unix.SystemCalls;
import io.ringtap.testkit.OpenDescriptors;
import io.ringtap.testkit.TestFrames;
import io.ringtap.testsuite.FrameCollector;
import io.ringtap.testsuite.system.PacketSocket;
import io.ringtap.testsuite.system.TamperedCalls;
import io.ringtap.virtio.InternetChecksum;
import io.ringtap.virtio.VirtioNetOffload;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VnetHeaderLength;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import static io.ringtap.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** A tap with several queues, each of which is a channel. */
class TapQueuesTest extends RealTapTest {
    private final BlockingQueue<Long> received = new LinkedBlockingQueue<>();

    @ChannelHandler.Sharable
    private final class Collect extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object msg) {
            ByteBuf frame = (ByteBuf) msg;
            if (TestFrames.isOurs(frame)) {
                received.add(TestFrames.number(frame));
            }
            frame.release();
        }
    }

    private Future<List<TapChannel>> bind(String name, int queues) throws Exception {
        Bootstrap bootstrap = new Bootstrap().group(group).handler(new Collect())
            .option(TapChannelOption.NETWORK_NAMESPACE, namespace.name()).option(TapChannelOption.UP, true);
        return TapQueues.bind(bootstrap, new TapAddress(name), queues).await();
    }

    @Test
    void allQueuesAreOneDeviceOnSeveralLoops() throws Exception {
        List<TapChannel> queues = bind("tap%d", 4).get();
        queues.forEach(queue -> track(queue.newSucceededFuture()));
        assertThat(queues).hasSize(4)
            .allMatch(queue -> queue.localAddress().equals(new TapAddress("tap0")));
        Set<EventLoop> loops = new HashSet<>();
        queues.forEach(queue -> loops.add(queue.eventLoop()));
        assertThat(loops).hasSize(2);

        PacketSocket peer = packetSocket("tap0");
        for (int i = 0; i < queues.size(); i++) {
            assertThat(write(queues.get(i), TestFrames.frame(i))).isNull();
            assertThat(receive(peer)).isEqualTo(TestFrames.frame(i));
        }
        Set<Long> expected = new HashSet<>();
        for (long i = 0; i < 100; i++) {
            peer.send(TestFrames.frame(i));
            expected.add(i);
        }
        Set<Long> seen = new HashSet<>();
        for (int i = 0; i < 100; i++) {
            seen.add(received.poll(10, TimeUnit.SECONDS));
        }
        assertThat(seen).isEqualTo(expected);
    }

    /** The send buffer belongs to the device. No queue that may find it full submits batches of writes to io_uring. */
    @Test
    void aSendBufferThatIsSetThroughOneQueueHoldsForTheOther() throws Exception {
        List<TapChannel> queues = bind("tap%d", 2).get();
        queues.forEach(queue -> track(queue.newSucceededFuture()));
        assertThat(queues).noneMatch(queue -> queue.tapDevice().canBeFull());
        queues.get(0).config().setOption(ChannelOption.SO_SNDBUF, 20_000);
        assertThat(queues).allMatch(queue -> queue.tapDevice().canBeFull());
    }

    /** A UDP packet over IPv4 between two hosts. Each flow has its own port. The payload is a number. */
    private static byte[] datagram(boolean toTap, int flow, long number) {
        ByteBuf frame = Unpooled.buffer(64).writeZero(12).writeShort(0x0800);
        frame.writeShort(0x4500).writeShort(36).writeInt(0x4000).writeShort(64 << 8 | 17).writeShort(0);
        frame.writeInt(toTap ? 0x0a00_0001 : 0x0a00_0002).writeInt(toTap ? 0x0a00_0002 : 0x0a00_0001);
        frame.setShort(24, InternetChecksum.checksum(frame, 14, 20));
        frame.writeShort(toTap ? 7 : 1000 + flow).writeShort(toTap ? 1000 + flow : 7).writeInt(16 << 16);
        frame.writeLong(number);
        byte[] bytes = new byte[frame.readableBytes()];
        frame.readBytes(bytes);
        return bytes;
    }

    @Test
    void aFlowComesBackInOrderOnTheQueueThatSentIt() throws Exception {
        int flows = 20;
        int frames = 50;
        Map<Channel, List<Long>> heard = new ConcurrentHashMap<>();
        BlockingQueue<Long> arrived = new LinkedBlockingQueue<>();
        @ChannelHandler.Sharable
        class Flows extends ChannelInboundHandlerAdapter {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object msg) {
                ByteBuf frame = (ByteBuf) msg;
                if (frame.readableBytes() >= 50 && frame.getUnsignedShort(12) == 0x0800) {
                    long number = frame.getLong(42);
                    heard.computeIfAbsent(ctx.channel(), channel -> new CopyOnWriteArrayList<>()).add(number);
                    arrived.add(number);
                }
                frame.release();
            }
        }
        List<EventLoop> loops = new ArrayList<>();
        group.forEach(loop -> loops.add((EventLoop) loop));
        List<TapChannel> queues = TapQueues.bind(bootstrap(new Flows()), new TapAddress("t0"), loops).await()
            .get();
        queues.forEach(queue -> track(queue.newSucceededFuture()));
        assertThat(queues).extracting(TapChannel::eventLoop).isEqualTo(loops);

        PacketSocket peer = packetSocket("t0");
        List<List<Long>> expected = List.of(new ArrayList<>(), new ArrayList<>());
        // Twice, with the queues exchanged, as the last queue counts.
        for (int round = 0; round < 2; round++) {
            for (int flow = 0; flow < flows; flow++) {
                assertThat(write(queues.get((flow + round) % 2), datagram(false, flow, 0))).isNull();
            }
            for (int i = 0; i < frames; i++) {
                for (int flow = 0; flow < flows; flow++) {
                    long number = (long) round << 32 | flow << 16 | i;
                    peer.send(datagram(true, flow, number));
                    expected.get((flow + round) % 2).add(number);
                }
            }
            for (int i = 0; i < flows * frames; i++) {
                assertThat(arrived.poll(10, TimeUnit.SECONDS)).isNotNull();
            }
        }
        assertThat(heard.get(queues.get(0))).isEqualTo(expected.get(0));
        assertThat(heard.get(queues.get(1))).isEqualTo(expected.get(1));
    }

    @Test
    void whatBecomesOfTheBootstrapAfterwardsChangesNoQueue() throws Exception {
        @ChannelHandler.Sharable
        class First extends ChannelInboundHandlerAdapter {
        }

        Bootstrap bootstrap = bootstrap(new First());
        Future<List<TapChannel>> bound = TapQueues.bind(bootstrap, new TapAddress("t0"), 4);
        bootstrap.handler(new FrameCollector());
        List<TapChannel> queues = bound.get();
        queues.forEach(queue -> track(queue.newSucceededFuture()));
        assertThat(queues).hasSize(4).allMatch(queue -> queue.pipeline().get(First.class) != null);
    }

    @Test
    void oneQueueMayCloseAndTheOthersGoOn() throws Exception {
        List<TapChannel> queues = bind("t0", 2).get();
        queues.forEach(queue -> track(queue.newSucceededFuture()));
        queues.get(0).close().sync();
        PacketSocket peer = packetSocket("t0");
        peer.send(TestFrames.frame(5));
        assertThat(received.poll(10, TimeUnit.SECONDS)).isEqualTo(5L);
        assertThat(write(queues.get(1), TestFrames.frame(6))).isNull();
        assertThat(receive(peer)).isEqualTo(TestFrames.frame(6));
    }

    @Test
    void aFailureLeavesNone() throws Exception {
        namespace.ip("tuntap", "add", "dev", "single", "mode", "tap");
        long before = OpenDescriptors.ofTaps();
        Future<List<TapChannel>> bound = bind("single", 3);
        assertThat(bound.cause()).isInstanceOf(SystemCallException.class).hasMessageContaining("MULTI_QUEUE");
        assertThat(OpenDescriptors.settle(before)).isLessThanOrEqualTo(before);
    }

    @Test
    void aFailureAfterSomeAreOpenClosesThoseFirst() throws Exception {
        // The kernel allows 256 queues, and the first is in use.
        track(bind("t0", Map.of(TapChannelOption.MULTI_QUEUE, true), new FrameCollector()).sync());
        long before = OpenDescriptors.ofTaps();
        Future<List<TapChannel>> bound = bind("t0", TapQueues.MAX_QUEUES);
        assertThat(bound.isSuccess()).isFalse();
        assertThat(bound.cause()).isInstanceOf(SystemCallException.class);
        assertThat(OpenDescriptors.ofTaps()).isLessThanOrEqualTo(before);
    }

    @Test
    void aFailureLeavesNoPersistentTapBehind() throws Exception {
        Bootstrap bootstrap = bootstrap(new Collect()).option(TapChannelOption.PERSIST, true);
        try (TamperedCalls calls = new TamperedCalls()) {
            AtomicInteger attached = new AtomicInteger();
            calls.fail(Errno.ENOMEM, (name, arguments) -> name.equals("ioctl")
                && arguments[1].equals(LinuxTun.TUNSETIFF) && attached.incrementAndGet() == 3);
            assertThat(TapQueues.bind(bootstrap, new TapAddress("t0"), 3).await().cause())
                .isInstanceOf(SystemCallException.class).hasMessageContaining("ENOMEM");
            calls.failIoctl(Errno.EIO, LinuxTun.TUNSETPERSIST);
            assertThat(TapQueues.bind(bootstrap, new TapAddress("t0"), 3).await().cause())
                .isInstanceOf(ChannelException.class).hasMessageContaining("PERSIST");
        }
        await("the tap is gone", () -> !exists("t0"));
        for (TapChannel queue : TapQueues.bind(bootstrap, new TapAddress("t0"), 3).sync().getNow()) {
            assertThat(queue.config().getOption(TapChannelOption.PERSIST)).isTrue();
            queue.close().sync();
        }
        assertThat(exists("t0")).isTrue();
    }

    private boolean exists(String device) {
        try {
            return namespace.ip("-br", "link").contains(device);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void theNumberOfQueuesIsChecked() {
        assertThatThrownBy(() -> bind("t0", 0)).hasMessageContaining("1 to 256");
        assertThatThrownBy(() -> bind("t0", 257)).hasMessageContaining("1 to 256");
    }

    private static Map<ChannelOption<?>, Object> queue(VnetHeaderLength length, VirtioNetOffloads offloads) {
        return Map.of(TapChannelOption.MULTI_QUEUE, true, FrameChannelOption.VNET_HEADER, length,
            FrameChannelOption.OFFLOADS, offloads);
    }

    private static int headerLength(TapChannel queue) throws Exception {
        NativeMemory value = NativeMemory.allocate(Integer.BYTES);
        SystemCalls.check("TUNGETVNETHDRSZ", SystemCalls.ioctl(queue.tapDevice().descriptor(),
            LinuxTun.TUNGETVNETHDRSZ, value));
        return value.buffer().getInt(0);
    }

    private int queues() throws Exception {
        try (RouteNetlink netlink = NetworkNamespace.call(namespace.name(), RouteNetlink::open)) {
            return netlink.link("t0").tunQueues();
        }
    }

    @Test
    void aFurtherQueueWithAnotherVnetHeaderIsRefusedAndChangesNothing() throws Exception {
        VnetHeaderLength[] lengths = VnetHeaderLength.values();
        for (VnetHeaderLength first : lengths) {
            TapChannel queue = open("t0", queue(first, VirtioNetOffloads.NONE), new Collect());
            for (VnetHeaderLength second : lengths) {
                if (second != first) {
                    assertThat(failure("t0", queue(second, VirtioNetOffloads.NONE))).isInstanceOf(IOException.class)
                        .hasMessageContainingAll("tap:t0", "VNET_HEADER is " + first.bytes() + " bytes",
                            "not " + second.bytes() + " bytes");
                    assertThat(queues()).isEqualTo(1);
                    if (first != VnetHeaderLength.NONE) {
                        assertThat(headerLength(queue)).isEqualTo(first.bytes());
                    }
                }
            }
            TapChannel same = open("t0", queue(first, VirtioNetOffloads.NONE), new Collect());
            assertThat(queues()).isEqualTo(2);
            PacketSocket peer = packetSocket("t0");
            ByteBuf frame = Unpooled.buffer().writeZero(first.bytes()).writeBytes(TestFrames.frame(7));
            assertThat(write(queue, frame)).isNull();
            assertThat(receive(peer)).isEqualTo(TestFrames.frame(7));
            queue.close().sync();
            same.close().sync();
        }
    }

    /**
     * All queues belong to one device. A further queue has the header of the device, if that is one of those that it
     * supports.
     */
    @Test
    void aFurtherQueueTakesTheHeaderThatTheDeviceHas() throws Exception {
        List<VnetHeaderLength> any = List.of(VnetHeaderLength.HASH, VnetHeaderLength.MERGEABLE, VnetHeaderLength.NONE);
        for (VnetHeaderLength first : List.of(VnetHeaderLength.MERGEABLE, VnetHeaderLength.NONE)) {
            TapChannel queue = open("t0", queue(first, VirtioNetOffloads.NONE), new Collect());
            TapChannel second = open("t0", Map.of(TapChannelOption.MULTI_QUEUE, true, FrameChannelOption.VNET_HEADERS,
                any), new Collect());
            assertThat(second.config().getVnetHeader()).isSameAs(first);
            assertThat(second.config().getVnetHeaders()).isEqualTo(any);
            assertThat(second.vnetHeaderLength()).isEqualTo(first.bytes());
            assertThat(failure("t0", Map.of(TapChannelOption.MULTI_QUEUE, true, FrameChannelOption.VNET_HEADERS,
                List.of(VnetHeaderLength.LEGACY, VnetHeaderLength.HASH)))).hasMessageContaining(
                    "VNET_HEADER is " + first.bytes() + " bytes and not 10 bytes or 20 bytes");
            queue.close().sync();
            second.close().sync();
        }
    }

    @Test
    void aFurtherQueueOfAnotherByteOrderIsRefusedAndChangesNothing() throws Exception {
        Map<ChannelOption<?>, Object> big = queue(VnetHeaderLength.MERGEABLE, VirtioNetOffloads.NONE);
        Map<ChannelOption<?>, Object> little = new HashMap<>(big);
        little.put(TapChannelOption.VNET_LITTLE_ENDIAN, true);
        NativeMemory value = NativeMemory.allocate(Integer.BYTES);
        for (boolean first : new boolean[] {true, false}) {
            TapChannel queue = open("t0", first ? little : big, new Collect());
            assertThat(failure("t0", first ? big : little))
                .hasMessageContaining("VNET_LITTLE_ENDIAN is " + first + " and not " + !first);
            SystemCalls.check("TUNGETVNETLE", SystemCalls.ioctl(queue.tapDevice().descriptor(),
                LinuxTun.TUNGETVNETLE, value));
            assertThat(value.buffer().getInt(0)).isEqualTo(first ? 1 : 0);
            queue.close().sync();
        }
    }

    @Test
    void aFurtherQueueWithOtherOffloadsIsRefusedAndChangesNothing() throws Exception {
        VirtioNetOffloads csum = VirtioNetOffloads.of(VirtioNetOffload.CSUM);
        VirtioNetOffloads tso = VirtioNetOffloads.of(VirtioNetOffload.CSUM, VirtioNetOffload.TSO4,
            VirtioNetOffload.TSO6);
        VirtioNetOffloads all = VirtioNetOffloads.ALL;
        List<VirtioNetOffloads> sets = List.of(VirtioNetOffloads.NONE, csum, tso, all);
        for (VirtioNetOffloads first : sets) {
            TapChannel queue = open("t0", queue(VnetHeaderLength.MERGEABLE, first), new Collect());
            Map<String, Boolean> features = InterfaceFeatures.of(namespace, "t0");
            for (VirtioNetOffloads second : sets) {
                if (second != first) {
                    assertThat(failure("t0", queue(VnetHeaderLength.MERGEABLE, second)))
                        .hasMessageContaining("OFFLOADS is ");
                    assertThat(InterfaceFeatures.of(namespace, "t0")).isEqualTo(features);
                }
            }
            TapChannel same = open("t0", queue(VnetHeaderLength.MERGEABLE, first), new Collect());
            assertThat(same.config().getOffloads().without(VirtioNetOffloads.of(VirtioNetOffload.UFO)))
                .isEqualTo(queue.config().getOffloads().without(VirtioNetOffloads.of(VirtioNetOffload.UFO)));
            queue.close().sync();
            same.close().sync();
        }
    }

    @Test
    void theOnlyQueueOfAPersistentDeviceSetsWhatTheLastOneLeft() throws Exception {
        Map<ChannelOption<?>, Object> first = new HashMap<>(queue(VnetHeaderLength.MERGEABLE,
            VirtioNetOffloads.of(VirtioNetOffload.CSUM)));
        first.put(TapChannelOption.PERSIST, true);
        open("t0", first, new Collect()).close().sync();
        TapChannel next = open("t0", queue(VnetHeaderLength.LEGACY, VirtioNetOffloads.NONE), new Collect());
        assertThat(headerLength(next)).isEqualTo(VnetHeaderLength.LEGACY.bytes());
        assertThat(InterfaceFeatures.of(namespace, "t0")).containsEntry("tx-checksum-ip-generic", false);
    }
}
