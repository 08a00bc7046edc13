/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.ringtap.channel.DeviceEvent;
import io.ringtap.internal.unix.Errno;
import io.ringtap.internal.unix.NativeMemory;
import io.ringtap.internal.unix.SystemCalls;
import io.ringtap.testkit.TestFrames;
import io.ringtap.testsuite.TestLoops;
import io.ringtap.testsuite.TestLoops.TestLoop;
import io.ringtap.testsuite.remote.FreeBsdInterface;
import io.ringtap.testsuite.remote.FreeBsdMachine;
import io.ringtap.testsuite.remote.PacketFilter;
import io.ringtap.testsuite.remote.RequiresFreeBsd;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** What a channel on a FreeBSD kernel hears of its interface, and what it may do with limited rights. */
@RequiresFreeBsd
class FreeBsdKernelEventsTest {
    private static final int PATIENCE_SECONDS = 30;
    private static final int IFF_PPROMISC = 0x20000;

    private static FreeBsdMachine machine;

    private final BlockingQueue<Object> heard = new LinkedBlockingQueue<>();
    private final Deque<Closeable> open = new ArrayDeque<>();
    private EventLoopGroup group;

    @BeforeAll
    static void use(FreeBsdMachine inUse) {
        machine = inUse;
    }

    static Stream<TestLoop> loops() {
        return TestLoops.available();
    }

    /** Devices before their interfaces, as destroying an interface waits for its device to be closed. */
    @AfterEach
    void close() throws IOException {
        if (group != null) {
            group.shutdownGracefully(0, PATIENCE_SECONDS, TimeUnit.SECONDS).syncUninterruptibly();
        }
        while (!open.isEmpty()) {
            open.pop().close();
        }
    }

    private FreeBsdInterface create(String name) throws IOException {
        FreeBsdInterface made = FreeBsdInterface.create(machine, name);
        open.push(made);
        return made;
    }

    private FreeBsdTapLink link(FreeBsdInterface device) throws IOException {
        DeviceCalls calls = DeviceCalls.ofSystem();
        FreeBsdTapLink link = new FreeBsdTapLink(calls, TunKind.TAP,
            calls.open("/dev/" + device.name(), SystemCalls.O_RDWR | SystemCalls.O_NONBLOCK));
        open.push(link);
        return link;
    }

    private BsdLinkNews newsOf(FreeBsdTapLink link) throws IOException {
        BsdLinkNews news = link.openNews();
        open.push(news);
        return news;
    }

    private Channel open(TestLoop loop, FreeBsdInterface device, boolean capsicum) throws InterruptedException {
        boolean tun = device.name().startsWith("tun");
        group = loop.newGroup(1);
        Bootstrap bootstrap = new Bootstrap().group(group).option(InterfaceChannelOption.UP, true)
            .option(InterfaceChannelOption.CAPSICUM, capsicum)
            .handler(new ChannelInboundHandlerAdapter() {
                @Override
                public void channelRead(ChannelHandlerContext ctx, Object msg) {
                    ByteBuf frame = (ByteBuf) msg;
                    if (!tun && TestFrames.isOurs(frame)) {
                        heard.add(TestFrames.number(frame));
                    }
                    frame.release();
                }

                @Override
                public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
                    heard.add(event);
                }

                @Override
                public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
                    heard.add(cause);
                }

                @Override
                public void channelInactive(ChannelHandlerContext ctx) {
                    heard.add("inactive");
                }
            });
        return tun ? bootstrap.channel(TunChannel.class).bind(new TunAddress(device.name())).sync().channel()
            : bootstrap.channel(TapChannel.class).bind(new TapAddress(device.name())).sync().channel();
    }

    private Object next() throws InterruptedException {
        return heard.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    private void changesAreHeard(FreeBsdInterface device) throws Exception {
        // By messages: whoever asks from time to time would find it up both times.
        device.setUp(false);
        device.setUp(true);
        assertThat(next()).isEqualTo(new DeviceEvent.LinkDown());
        assertThat(next()).isEqualTo(new DeviceEvent.LinkUp());
        device.setMtu(9000);
        assertThat(next()).isEqualTo(new DeviceEvent.MtuChanged(1500, 9000));
        device.setMtu(1500);
        assertThat(next()).isEqualTo(new DeviceEvent.MtuChanged(9000, 1500));
    }

    @ParameterizedTest
    @MethodSource("loops")
    void changesOfATap(TestLoop loop) throws Exception {
        FreeBsdInterface tap = create("tap81");
        FreeBsdInterface other = create("tap82");
        Channel channel = open(loop, tap, false);
        other.setMtu(1400);
        other.setUp(true);
        changesAreHeard(tap);
        channel.close().sync();
    }

    @ParameterizedTest
    @MethodSource("loops")
    void changesOfATun(TestLoop loop) throws Exception {
        FreeBsdInterface tun = create("tun81");
        Channel channel = open(loop, tun, false);
        changesAreHeard(tun);
        channel.close().sync();
    }

    @ParameterizedTest
    @MethodSource("loops")
    void aRename(TestLoop loop) throws Exception {
        FreeBsdInterface tap = create("tap81");
        Channel channel = open(loop, tap, false);
        tap.rename("uplink");
        assertThat(channel.localAddress()).isEqualTo(new TapAddress("uplink"));
        changesAreHeard(tap);
        channel.close().sync();
    }

    /** The kernel waits for the channel, and announces nothing until it is closed. */
    @ParameterizedTest
    @MethodSource("loops")
    void anInterfaceThatIsDestroyed(TestLoop loop) throws Exception {
        FreeBsdInterface tap = FreeBsdInterface.create(machine, "tap81");
        Channel channel = open(loop, tap, false);
        FutureTask<Void> destroy = new FutureTask<>(() -> {
            tap.close();
            return null;
        });
        new Thread(destroy, "destroy").start();
        assertThat(next()).isInstanceOfSatisfying(DeviceEvent.Gone.class, gone -> assertThat(gone.cause())
            .hasMessageContainingAll("tap:tap81 is gone", "'ifconfig tap81 destroy'"));
        channel.closeFuture().sync();
        destroy.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        assertThatThrownBy(tap::flags).isInstanceOf(IOException.class);
    }

    /** The buffer of a routing socket holds few messages. */
    @Test
    void lostMessagesAreTold() throws IOException {
        FreeBsdInterface device = create("tap81");
        FreeBsdTapLink link = link(device);
        BsdLinkNews news = newsOf(link);
        for (int i = 0; i < 200; i++) {
            device.setUp(i % 2 == 0);
        }
        List<String> told = new ArrayList<>();
        BsdLinkNews.Listener listener = new BsdLinkNews.Listener() {
            @Override
            public void linkChanged(BsdLinkState state) {
                told.add("changed");
            }

            @Override
            public void linkAnnounced(int index) {
                told.add("announced");
            }

            @Override
            public void newsLost() {
                told.add("lost");
            }
        };
        news.read(listener);
        assertThat(told).contains("lost", "changed").hasSizeLessThan(200);
        assertThat(news.hasNews()).isFalse();
    }

    @Test
    void whatAMessageSaysIsWhatTheKernelAnswers() throws IOException {
        FreeBsdInterface device = create("tap81");
        FreeBsdTapLink link = link(device);
        BsdLinkNews news = newsOf(link);
        device.setMtu(1234);
        device.setUp(true);
        List<BsdLinkState> states = new ArrayList<>();
        List<Integer> announced = new ArrayList<>();
        BsdLinkNews.Listener listener = new BsdLinkNews.Listener() {
            @Override
            public void linkChanged(BsdLinkState state) {
                states.add(state);
            }

            @Override
            public void linkAnnounced(int index) {
                announced.add(index);
            }

            @Override
            public void newsLost() {
                throw new AssertionError("two messages are not too many");
            }
        };
        news.read(listener);
        assertThat(link.state().mtu()).isEqualTo(1234);
        assertThat(states).contains(link.state());
        device.rename("uplink");
        news.read(listener);
        assertThat(announced).as("a departure and an arrival").containsExactly(link.state().index(),
            link.state().index());
    }

    @ParameterizedTest
    @MethodSource("loops")
    void limitedRightsAreEnoughForFramesAndEvents(TestLoop loop) throws Exception {
        FreeBsdInterface tap = create("tap81");
        try (PacketFilter far = PacketFilter.open(machine, tap.name())) {
            TapChannel channel = (TapChannel) open(loop, tap, true);
            changesAreHeard(tap);
            channel.writeAndFlush(channel.alloc().directBuffer().writeBytes(TestFrames.frame(5))).sync();
            byte[] received;
            do {
                received = far.receive(PATIENCE_SECONDS * 1000L);
            } while (!TestFrames.isOurs(received));
            assertThat(received).isEqualTo(TestFrames.frame(5));
            far.send(TestFrames.frame(6));
            assertThat(next()).isEqualTo(6L);
            assertThat(channel.config().getMtu()).isEqualTo(1500);
            assertThat(channel.config().isUp()).isTrue();
            assertThat(channel.config().getMacAddress()).isNotNull();
            assertThatThrownBy(() -> channel.config().setMtu(1400)).cause()
                .hasMessageContainingAll("ENOTCAPABLE", "the option CAPSICUM has given up the right");
            NativeMemory header = NativeMemory.allocate(Integer.BYTES);
            int fd = channel.tapDevice().descriptor();
            assertThat(Errno.ENOTCAPABLE.is(SystemCalls.ioctl(fd, FreeBsdTap.TAPSVNETHDR, header))).isTrue();
            assertThat(Errno.ENOTCAPABLE.is(SystemCalls.setNonBlocking(fd))).as("no fcntl(2)").isTrue();
            channel.close().sync();
            assertThat(tap.flags() & IFF_PPROMISC).as("it stays promiscuous").isNotZero();
        }
    }
}
