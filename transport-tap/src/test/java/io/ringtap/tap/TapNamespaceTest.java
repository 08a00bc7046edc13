/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelException;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.ringtap.channel.DeviceDrops;
import io.ringtap.channel.DeviceEvent;
import io.ringtap.internal.unix.Errno;
import io.ringtap.internal.unix.NativeMemory;
import io.ringtap.internal.unix.NetworkNamespace;
import io.ringtap.internal.unix.RouteNetlink;
import io.ringtap.internal.unix.SystemCalls;
import io.ringtap.testkit.TestFrames;
import io.ringtap.testkit.TestNamespace;
import io.ringtap.testsuite.FrameCollector;
import io.ringtap.testsuite.TestLoops.TestLoop;
import io.ringtap.testsuite.system.PacketSocket;
import io.ringtap.testsuite.system.TamperedCalls;
import io.ringtap.testsuite.system.Unprivileged;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import static io.ringtap.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Taps and TUN devices whose interface is in another network namespace or cannot be reached, on every event loop. */
@ParameterizedClass(name = "{0}")
@MethodSource("io.ringtap.testsuite.TestLoops#available")
class TapNamespaceTest extends RealTapTest {
    @Parameter
    TestLoop loop;

    private final FrameCollector collector = new FrameCollector();

    @Override
    TestLoop loop() {
        return loop;
    }

    private void awaitEvents(DeviceEvent... events) throws Exception {
        try {
            await("events", () -> collector.deviceEvents().size() >= events.length);
        } finally {
            assertThat(collector.deviceEvents()).containsExactly(events);
        }
    }

    /** A descriptor attached in a namespace. */
    private static int attached(TestNamespace where, int flags) throws IOException {
        return NetworkNamespace.call(where.name(), () -> {
            int opened = SystemCalls.check("open", SystemCalls.open("/dev/net/tun", SystemCalls.O_RDWR));
            NativeMemory request = NativeMemory.allocate(LinuxTun.IFREQ_SIZE);
            request.putCString(0, "t0");
            request.buffer().putShort(LinuxTun.IFREQ_FLAGS, (short) (flags | LinuxTun.IFF_NO_PI));
            SystemCalls.check("TUNSETIFF", SystemCalls.ioctl(opened, LinuxTun.TUNSETIFF, request));
            return opened;
        });
    }

    private static int index(TestNamespace where) throws IOException {
        try (RouteNetlink netlink = NetworkNamespace.call(where.name(), RouteNetlink::open)) {
            return netlink.link("t0").index();
        }
    }

    private static boolean has(TestNamespace where, String device) {
        try {
            return where.ip("-br", "link").contains(device);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Event loops whose threads run something first. */
    private EventLoopGroup groupOf(ThreadFactory threads) {
        EventLoopGroup own = new MultiThreadIoEventLoopGroup(1, threads, loop.factory());
        closing(() -> own.shutdownGracefully(0, 10, TimeUnit.SECONDS).await(10, TimeUnit.SECONDS));
        return own;
    }

    private static Runnable in(TestNamespace where, Runnable work) {
        return () -> {
            try {
                NetworkNamespace.call(where.name(), () -> {
                    work.run();
                    return null;
                });
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        };
    }

    private void assertCarries(TapChannel tap, TestNamespace where, long number) throws Exception {
        try (PacketSocket peer = PacketSocket.open(where, "t0")) {
            peer.send(TestFrames.frame(number));
            assertThat(collector.next()).isEqualTo(TestFrames.frame(number));
            assertThat(write(tap, TestFrames.frame(number + 1))).isNull();
            assertThat(receive(peer)).isEqualTo(TestFrames.frame(number + 1));
        }
    }

    @Test
    void aWatchedTapGoesWithTheNamespaceThatItWasMovedTo() throws Exception {
        TapChannel tap = open("t0", Map.of(), collector);
        TestNamespace other = closing(TestNamespace.create());
        namespace.ip("link", "add", "name", "v0", "type", "veth", "peer", "name", "v1", "netns", other.name());
        namespace.ip("link", "set", "t0", "netns", other.name());
        awaitEvents(new DeviceEvent.LinkDown());
        other.ip("link", "set", "t0", "up", "mtu", "1400");
        await("news", () -> collector.deviceEvents().contains(new DeviceEvent.LinkUp())
            && collector.deviceEvents().contains(new DeviceEvent.MtuChanged(1500, 1400)));
        assertThat(tap.config().getMtu()).isEqualTo(1400);
        tap.config().setMtu(1300);
        assertThat(tap.deviceDrops()).isEqualTo(new DeviceDrops(0, 0));
        assertCarries(tap, other, 1);
        other.close();
        assertThat(tap.closeFuture().await(10, TimeUnit.SECONDS)).as("the channel closes").isTrue();
        await("inactive", () -> collector.events().contains("inactive"));
        assertThat(collector.deviceEvents().stream().filter(DeviceEvent.Gone.class::isInstance)).hasSize(1);
        await("the namespace is gone, and with it a veth", () -> !has(namespace, "v0"));
    }

    @Test
    void anAdoptedTapInAnotherNamespaceKeepsThatNoLongerThanItsDescriptorDoes() throws Exception {
        TestNamespace other = closing(TestNamespace.create());
        namespace.ip("link", "add", "name", "v0", "type", "veth", "peer", "name", "v1", "netns", other.name());
        int fd = attached(namespace, LinuxTun.IFF_TAP);
        namespace.ip("link", "set", "t0", "netns", other.name());
        TapChannel tap = NetworkNamespace.call(namespace.name(), () -> new TapChannel(fd));
        tap.pipeline().addLast(collector);
        track(group.register(tap).sync());
        other.ip("link", "set", "t0", "up");
        awaitEvents(new DeviceEvent.LinkUp());
        assertCarries(tap, other, 1);
        other.close();
        assertThat(tap.closeFuture().await(10, TimeUnit.SECONDS)).as("the channel closes").isTrue();
        await("the namespace is gone, and with it a veth", () -> !has(namespace, "v0"));
    }

    @Test
    void aTapThatComesBackIsHeardOfAgain() throws Exception {
        TapChannel tap = open("t0", Map.of(), collector);
        TestNamespace other = closing(TestNamespace.create());
        namespace.ip("link", "set", "t0", "netns", other.name());
        awaitEvents(new DeviceEvent.LinkDown());
        other.ip("link", "set", "t0", "netns", namespace.name());
        namespace.ip("link", "set", "t0", "mtu", "1400");
        awaitEvents(new DeviceEvent.LinkDown(), new DeviceEvent.MtuChanged(1500, 1400));
        namespace.ip("link", "set", "t0", "up");
        awaitEvents(new DeviceEvent.LinkDown(), new DeviceEvent.MtuChanged(1500, 1400), new DeviceEvent.LinkUp());
        assertCarries(tap, namespace, 1);
    }

    @Test
    void whatHappenedBeforeALookIsNotToldAfterIt() throws Exception {
        // The subscription receives both changes, and the answer to the query has the last one already.
        afterLooksWhile(8, () -> {
            namespace.ip("link", "set", "t0", "mtu", "1450");
            namespace.ip("link", "set", "t0", "mtu", "1400");
        });
        namespace.ip("link", "set", "t0", "up");
        await("all events", () -> collector.deviceEvents().contains(new DeviceEvent.LinkUp()));
        int mtu = 1500;
        for (Object event : collector.deviceEvents()) {
            if (event instanceof DeviceEvent.MtuChanged changed) {
                assertThat(changed.from()).isEqualTo(mtu);
                mtu = changed.to();
            }
        }
        assertThat(mtu).as("in the order of the changes").isEqualTo(1400);
        assertThat(collector.deviceEvents()).startsWith(new DeviceEvent.LinkDown()).endsWith(new DeviceEvent.LinkUp());
    }

    @Test
    void whatHappensBehindAMoveIsTold() throws Exception {
        afterLooksWhile(1, () -> {
            namespace.ip("link", "set", "t0", "up");
            namespace.ip("link", "set", "t0", "down");
        });
        namespace.ip("link", "set", "t0", "up");
        awaitEvents(new DeviceEvent.LinkDown(), new DeviceEvent.LinkUp(), new DeviceEvent.LinkDown(),
            new DeviceEvent.LinkUp());
    }

    private interface Change {
        void make() throws IOException;
    }

    /** Moves the interface away and back, and changes it there before the channel has asked for it. */
    private void afterLooksWhile(int times, Change change) throws Exception {
        TapChannel tap = open("t0", Map.of(), collector);
        TestNamespace other = closing(TestNamespace.create());
        namespace.ip("link", "set", "t0", "netns", other.name());
        awaitEvents(new DeviceEvent.LinkDown());
        AtomicInteger looks = new AtomicInteger();
        try (TamperedCalls calls = new TamperedCalls()) {
            calls.fail(Errno.EIO, (name, arguments) -> {
                if (name.equals("send") && tap.eventLoop().inEventLoop() && has(namespace, "t0")
                    && looks.incrementAndGet() <= times) {
                    try {
                        change.make();
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                }
                return false;
            });
            other.ip("link", "set", "t0", "netns", namespace.name());
            await("a look", () -> looks.get() > 0);
            await("news", () -> collector.deviceEvents().size() > 1);
        }
    }

    @Test
    void anInterfaceOfTheSameNameAndIndexElsewhereIsAnother() throws Exception {
        TestNamespace here = closing(TestNamespace.create());
        TestNamespace there = closing(TestNamespace.create());
        int ours = attached(there, LinuxTun.IFF_TUN);
        int other = attached(here, LinuxTun.IFF_TUN);
        closing(() -> SystemCalls.close(other));
        assertThat(index(here)).as("as in two fresh containers").isEqualTo(index(there));
        here.ip("link", "set", "t0", "mtu", "1280");
        TunChannel tun = NetworkNamespace.call(here.name(), () -> new TunChannel(ours));
        tun.pipeline().addLast(collector);
        closing(() -> tun.close().await(10, TimeUnit.SECONDS));
        groupOf(work -> new Thread(in(here, work))).register(tun).sync();
        assertThat(tun.config().getMtu()).isEqualTo(1500);
        here.ip("link", "set", "t0", "mtu", "1290", "up");
        there.ip("link", "set", "t0", "mtu", "1400");
        awaitEvents(new DeviceEvent.MtuChanged(1500, 1400));
        tun.config().setMtu(1300);
        tun.config().setOption(TapChannelOption.UP, true);
        assertThat(here.ip("link", "show", "t0")).contains("mtu 1290");
        assertThat(there.ip("link", "show", "t0")).contains("mtu 1300", ",UP");
        here.ip("link", "del", "t0");
        there.ip("link", "set", "t0", "mtu", "1310");
        await("MtuChanged",
            () -> collector.deviceEvents().contains(new DeviceEvent.MtuChanged(1300, 1310)));
        assertThat(tun.isActive()).isTrue();
    }

    @Test
    void anUnprivilegedParentAdoptsATapThatItCannotReach() throws Exception {
        int fd = attached(namespace, LinuxTun.IFF_TAP);
        namespace.ip("link", "set", "t0", "up", "mtu", "9000");
        // The namespace of the caller has an interface of that name, too, which must not be mistaken for ours.
        TestNamespace here = closing(TestNamespace.create());
        here.ip("tuntap", "add", "dev", "t0", "mode", "tap");
        TapChannel tap = NetworkNamespace.call(here.name(), () -> Unprivileged.call(() -> adopted(fd)));
        assertThat(tap.localAddress()).isEqualTo(new TapAddress("t0"));
        assertCarries(tap, namespace, 1);
        assertThat(tap.config().getMacAddress()).isNotNull();
        assertThat(namespace.ip("link", "show", "t0")).contains(tap.config().getMacAddress().toString());
        assertThat(tap.deviceDrops()).isEqualTo(DeviceDrops.UNKNOWN);
        assertThatThrownBy(() -> Unprivileged.call(() -> tap.config().getMtu()))
            .hasRootCauseMessage("ioctl(TUNGETDEVNETNS) failed: EPERM (Operation not permitted): the network namespace"
                + " of the interface is not told to a process without CAP_NET_ADMIN over it");
        assertThatThrownBy(() -> Unprivileged.call(() -> tap.config().setMtu(1400)))
            .hasCauseInstanceOf(ChannelException.class);
        assertThat(Unprivileged.call(() -> tap.config().getOptions())).containsEntry(TapChannelOption.MTU, null)
            .containsEntry(TapChannelOption.PERSIST, false);
        assertThat(here.ip("link", "show", "t0")).contains("mtu 1500");
        // Only a jumbo frame shows how long frames can be. The first ones are lost, and counted.
        try (PacketSocket peer = PacketSocket.open(namespace, "t0")) {
            peer.send(TestFrames.frame(8, 9014));
            await("it is counted", () -> tap.stats().rxDrops() == 1);
            peer.send(TestFrames.frame(9, 9014));
            assertThat(collector.next()).isEqualTo(TestFrames.frame(9, 9014));
        }
        assertThat(collector.exceptions()).isEmpty();
        namespace.ip("link", "del", "t0");
        assertThat(tap.closeFuture().await(10, TimeUnit.SECONDS)).as("the descriptor tells the end").isTrue();
    }

    /** On a thread without privileges. The threads of the event loops have none, either. */
    private TapChannel adopted(int fd) throws Exception {
        TapChannel tap = new TapChannel(fd);
        tap.pipeline().addLast(collector);
        closing(() -> tap.close().await(10, TimeUnit.SECONDS));
        groupOf(Thread::new).register(tap).sync();
        return tap;
    }

    @Test
    void aParentThatMayNotEnterTheNamespaceStillAsksForTheLink() throws Exception {
        int fd = attached(namespace, LinuxTun.IFF_TAP);
        namespace.ip("link", "set", "t0", "up", "mtu", "9000");
        TapChannel tap = Unprivileged.call(() -> adopted(fd), Unprivileged.CAP_NET_ADMIN);
        assertThat(Unprivileged.call(() -> tap.config().getMtu(), Unprivileged.CAP_NET_ADMIN)).isEqualTo(9000);
        assertThatThrownBy(() -> Unprivileged.call(() -> tap.config().setMtu(1400), Unprivileged.CAP_NET_ADMIN))
            .hasStackTraceContaining("setns(the network namespace of t0) failed: EPERM");
        assertCarries(tap, namespace, 1);
        assertThat(collector.exceptions()).isEmpty();
    }

    @Test
    void aTapThatRootMovesAwayFromItsUnprivilegedOwnerCarriesOn() throws Exception {
        namespace.ip("tuntap", "add", "dev", "t0", "mode", "tap", "user", "0");
        namespace.ip("link", "set", "t0", "up");
        EventLoopGroup unprivileged = groupOf(work -> new Thread(in(namespace, () -> {
            Unprivileged.drop();
            work.run();
        })));
        TapChannel tap = (TapChannel) new Bootstrap().group(unprivileged).channel(TapChannel.class).handler(collector)
            .bind(new TapAddress("t0")).sync().channel();
        closing(() -> tap.close().await(10, TimeUnit.SECONDS));
        assertCarries(tap, namespace, 1);
        int index = index(namespace);
        TestNamespace other = closing(TestNamespace.create());
        namespace.ip("link", "set", "t0", "netns", other.name());
        awaitEvents(new DeviceEvent.LinkDown());
        // Another interface in its place, with the same name and index.
        namespace.ip("link", "add", "name", "t0", "index", Integer.toString(index), "mtu", "1280", "type", "veth",
            "peer", "name", "v1");
        other.ip("link", "set", "t0", "up");
        assertCarries(tap, other, 3);
        namespace.ip("link", "set", "t0", "mtu", "1290");
        assertCarries(tap, other, 5);
        assertThat(collector.deviceEvents()).containsExactly(new DeviceEvent.LinkDown());
        assertThatThrownBy(() -> Unprivileged.call(() -> tap.config().getMtu()))
            .hasStackTraceContaining("CAP_NET_ADMIN");
        assertThat(collector.exceptions()).isEmpty();
        assertThat(tap.isActive()).isTrue();
    }

    @Test
    void noDescriptorLeftDuringAMoveIsNotTheEnd() throws Exception {
        TapChannel tap = open("t0", Map.of(), collector);
        TestNamespace other = closing(TestNamespace.create());
        try (TamperedCalls calls = new TamperedCalls()) {
            calls.failIoctl(Errno.EMFILE, LinuxTun.TUNGETDEVNETNS);
            namespace.ip("link", "set", "t0", "netns", other.name());
            other.ip("link", "set", "t0", "up", "mtu", "1400");
            await("it was looked for", () -> calls.failures() > 0);
            assertCarries(tap, other, 1);
            calls.pass();
            await("news", () -> collector.deviceEvents().contains(new DeviceEvent.LinkUp())
                && collector.deviceEvents().contains(new DeviceEvent.MtuChanged(1500, 1400)));
        }
        other.ip("link", "set", "t0", "mtu", "1300");
        await("news",
            () -> collector.deviceEvents().contains(new DeviceEvent.MtuChanged(1400, 1300)));
        assertThat(collector.exceptions()).isEmpty();
    }

    @Test
    void noDescriptorLeftWhenNewsWereLostIsNotTheEnd() throws Exception {
        TapChannel tap = open("t0", Map.of(), collector);
        try (TamperedCalls calls = new TamperedCalls()) {
            CountDownLatch overflown = new CountDownLatch(1);
            tap.eventLoop().execute(() -> awaitQuietly(overflown));
            overflow(1400);
            calls.fail(Errno.EMFILE, (name, arguments) -> tap.eventLoop().inEventLoop()
                && (name.equals("socket") || name.equals("ioctl") && arguments[1].equals(LinuxTun.TUNGETDEVNETNS)));
            overflown.countDown();
            await("it was looked for", () -> calls.failures() > 0);
            assertCarries(tap, namespace, 1);
            calls.pass();
            awaitEvents(new DeviceEvent.MtuChanged(1500, 1400));
        }
        assertThat(collector.exceptions()).isEmpty();
    }

    @Test
    void moreNewsThanTheSocketHoldsAreMadeUpFor() throws Exception {
        TapChannel tap = open("t0", Map.of(), collector);
        CountDownLatch overflown = new CountDownLatch(1);
        tap.eventLoop().execute(() -> awaitQuietly(overflown));
        overflow(1400);
        overflown.countDown();
        awaitEvents(new DeviceEvent.MtuChanged(1500, 1400));
        namespace.ip("link", "set", "t0", "mtu", "1300");
        awaitEvents(new DeviceEvent.MtuChanged(1500, 1400), new DeviceEvent.MtuChanged(1400, 1300));
        assertCarries(tap, namespace, 1);
        assertThat(collector.exceptions()).isEmpty();
    }

    /** Causes more messages than a socket can hold, and then changes the MTU of our device. */
    private void overflow(int mtu) throws IOException {
        try (RouteNetlink netlink = NetworkNamespace.call(namespace.name(), RouteNetlink::open)) {
            int lo = netlink.link("lo").index();
            for (int i = 0; i < 1000; i++) {
                netlink.setMtu(lo, 10_000 + i);
            }
            netlink.setMtu(netlink.link("t0").index(), mtu);
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await(30, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
