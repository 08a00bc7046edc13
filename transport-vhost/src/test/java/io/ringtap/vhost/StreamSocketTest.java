/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vhost;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoopGroup;
import io.ringtap.channel.DeviceEvent;
import io.ringtap.channel.FrameChannel;
import io.ringtap.channel.FramePort;
import io.ringtap.channel.FramePorts;
import io.ringtap.ethernet.DropReason;
import io.ringtap.ethernet.FrameRefusedException;
import io.ringtap.internal.unix.Errno;
import io.ringtap.testkit.Await;
import io.ringtap.testkit.LeakExtension;
import io.ringtap.testkit.OpenDescriptors;
import io.ringtap.testkit.TestFrames;
import io.ringtap.testsuite.FrameCollector;
import io.ringtap.testsuite.TestLoops.TestLoop;
import io.ringtap.testsuite.system.TamperedCalls;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** What a {@link FrameStreamChannel} does about connections that come and go, and about what they bring. */
@ExtendWith(LeakExtension.class)
@ParameterizedClass(name = "{0}")
@MethodSource("io.ringtap.testsuite.TestLoops#available")
class StreamSocketTest {
    @TempDir
    private Path folder;

    @Parameter
    private TestLoop loop;

    private final Collector collector = new Collector();
    private final List<AutoCloseable> open = new ArrayList<>();
    private EventLoopGroup group;
    private FrameStreamAddress address;
    private FrameChannel channel;

    private static final class Collector extends FrameCollector {
        private final List<PeerLost> lost = new CopyOnWriteArrayList<>();

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) throws Exception {
            if (event instanceof PeerLost peer) {
                lost.add(peer);
            }
            super.userEventTriggered(ctx, event);
        }
    }

    @BeforeEach
    void start() {
        group = loop.newGroup(1);
        address = new FrameStreamAddress(folder.resolve("vm1.sock").toString());
    }

    @AfterEach
    void stop() throws Exception {
        if (channel != null) {
            channel.close().await(10, TimeUnit.SECONDS);
        }
        group.shutdownGracefully(0, 10, TimeUnit.SECONDS).await(10, TimeUnit.SECONDS);
        for (AutoCloseable each : open) {
            each.close();
        }
    }

    private FrameChannel bind(String keys) throws Exception {
        FramePort port = FramePorts.parse(address + keys);
        channel = (FrameChannel) port.bootstrap(group).handler(collector).bind(port.address()).sync().channel();
        return channel;
    }

    /** Connects, and waits until the channel has taken the connection. */
    private StreamPeer connect() throws Exception {
        StreamPeer peer = StreamPeer.connect(address);
        open.add(peer);
        Await.await("the link", channel::isLinkUp);
        return peer;
    }

    private ServerSocketChannel listen() throws Exception {
        ServerSocketChannel server = StreamPeer.listen(address);
        open.add(server);
        return server;
    }

    private StreamPeer accept(ServerSocketChannel server) throws Exception {
        StreamPeer peer = StreamPeer.accept(server, 10_000);
        open.add(peer);
        Await.await("the link", channel::isLinkUp);
        return peer;
    }

    private static ByteBuf frame(long number, int length) {
        return Unpooled.directBuffer().writeBytes(TestFrames.frame(number, length));
    }

    private static Throwable causeOf(ChannelFuture future) throws InterruptedException {
        assertThat(future.await(10, TimeUnit.SECONDS)).isTrue();
        return future.cause();
    }

    private static void assertRefused(Throwable cause, DropReason reason) {
        assertThat(cause).isInstanceOfSatisfying(FrameRefusedException.class,
            refused -> assertThat(refused.reason()).isEqualTo(reason));
    }

    private void awaitEvents(DeviceEvent... events) throws InterruptedException {
        Await.await("the events, of which there are " + collector.deviceEvents(),
            () -> collector.deviceEvents().equals(List.of(events)));
    }

    private void assertWorks(StreamPeer peer) throws Exception {
        peer.send(TestFrames.frame(71));
        assertThat(collector.numbers(1)).containsExactly(71L);
        assertThat(causeOf(channel.writeAndFlush(frame(72, 60)))).isNull();
        assertThat(TestFrames.number(peer.receive(10_000))).isEqualTo(72);
    }

    @Test
    void oneConnectionAfterTheOtherIsServed() throws Exception {
        bind("");
        assertThat(channel.isLinkUp()).isFalse();
        assertRefused(causeOf(channel.writeAndFlush(frame(1, 60))), DropReason.DOWN);
        assertThat(channel.stats().txDrops(DropReason.DOWN)).isEqualTo(1);
        StreamPeer first = connect();
        awaitEvents(new DeviceEvent.LinkUp());
        assertWorks(first);
        first.close();
        awaitEvents(new DeviceEvent.LinkUp(), new DeviceEvent.LinkDown());
        assertThat(collector.lost).singleElement().satisfies(
            lost -> assertThat(lost.cause()).hasMessageContaining("closed"));
        assertThat(channel.isLinkUp()).isFalse();
        assertWorks(connect());
        awaitEvents(new DeviceEvent.LinkUp(), new DeviceEvent.LinkDown(), new DeviceEvent.LinkUp());
        assertThat(collector.exceptions()).isEmpty();
    }

    @Test
    void whoConnectsWhileThereIsAConnectionIsTurnedAway() throws Exception {
        bind("");
        StreamPeer first = connect();
        StreamPeer second = connect();
        assertThat(second.isClosedByPeer(10_000)).isTrue();
        assertWorks(first);
    }

    @Test
    void framesThatComeInPiecesAreWhole() throws Exception {
        bind("");
        StreamPeer peer = connect();
        ByteBuffer octets = StreamPeer.framed(TestFrames.frame(1), TestFrames.frame(2, 300));
        while (octets.hasRemaining()) {
            ByteBuffer one = octets.slice(octets.position(), 1);
            octets.position(octets.position() + 1);
            peer.sendRaw(one);
        }
        assertThat(collector.next()).isEqualTo(TestFrames.frame(1));
        assertThat(collector.next()).isEqualTo(TestFrames.frame(2, 300));
    }

    @Test
    void manyFramesThatComeTogetherAreAllRead() throws Exception {
        bind("");
        StreamPeer peer = connect();
        byte[][] frames = new byte[2000][];
        for (int i = 0; i < frames.length; i++) {
            frames[i] = TestFrames.frame(i, 60 + i % 1400);
        }
        peer.sendRaw(StreamPeer.framed(frames));
        for (byte[] frame : frames) {
            assertThat(collector.next()).isEqualTo(frame);
        }
    }

    @Test
    void theLongestFrameGoesBothWays() throws Exception {
        bind("");
        StreamPeer peer = connect();
        byte[] longest = TestFrames.frame(5, FrameSocketOption.LONGEST_FRAME);
        peer.send(longest);
        peer.send(longest);
        assertThat(collector.next()).isEqualTo(longest);
        assertThat(collector.next()).isEqualTo(longest);
        ChannelFuture written = channel.writeAndFlush(Unpooled.wrappedBuffer(longest));
        assertThat(peer.receive(10_000)).isEqualTo(longest);
        assertThat(causeOf(written)).isNull();
    }

    @ParameterizedTest
    @ValueSource(ints = {65_554, 0x4745_5420, -1, Integer.MIN_VALUE})
    void aLengthThatNoFrameHasEndsTheConnectionWithItsCause(int length) throws Exception {
        bind("");
        StreamPeer peer = connect();
        peer.sendRaw(StreamPeer.framed(TestFrames.frame(1)));
        peer.sendRaw(ByteBuffer.allocate(40).putInt(0, length));
        assertThat(collector.numbers(1)).containsExactly(1L);
        assertThat(peer.isClosedByPeer(10_000)).isTrue();
        awaitEvents(new DeviceEvent.LinkUp(), new DeviceEvent.LinkDown());
        assertThat(collector.lost).singleElement().satisfies(lost -> assertThat(lost.cause())
            .hasMessageContaining(Integer.toUnsignedString(length)).hasMessageContaining("65553"));
        assertWorks(connect());
    }

    @Test
    void framesShorterThanAnEthernetHeaderAreDroppedAndTheOthersAreNot() throws Exception {
        bind("");
        StreamPeer peer = connect();
        byte[][] frames = new byte[1000][];
        for (int i = 0; i < frames.length; i++) {
            frames[i] = i % 100 == 99 ? TestFrames.frame(i) : new byte[i % 14];
        }
        peer.sendRaw(StreamPeer.framed(frames));
        assertThat(collector.numbers(10)).isEqualTo(
            LongStream.range(0, 10).map(i -> i * 100 + 99).boxed().toList());
        assertThat(channel.stats().rxDrops(DropReason.MALFORMED)).isEqualTo(990);
    }

    @Test
    void aConnectionThatEndsInTheMiddleOfAFrameSaysSo() throws Exception {
        bind("");
        StreamPeer peer = connect();
        ByteBuffer octets = StreamPeer.framed(TestFrames.frame(1));
        peer.sendRaw(octets.limit(30));
        peer.close();
        awaitEvents(new DeviceEvent.LinkUp(), new DeviceEvent.LinkDown());
        assertThat(collector.lost.get(0).cause()).hasMessageContaining("in the middle of a frame");
        assertWorks(connect());
    }

    /** A small send buffer takes a part of most frames. */
    @Test
    void noFrameIsTornByAFullSocket() throws Exception {
        bind(",sndbuf=5000");
        StreamPeer peer = connect();
        List<ChannelFuture> written = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            written.add(channel.write(i % 2 == 0 ? frame(i, 9000) : Unpooled.wrappedBuffer(
                frame(i, 9000).slice(0, 100), frame(i, 9000).slice(100, 8900))));
        }
        channel.flush();
        Await.await("full", channel::isFull);
        for (int i = 0; i < 200; i++) {
            assertThat(peer.receive(10_000)).isEqualTo(TestFrames.frame(i, 9000));
        }
        for (ChannelFuture future : written) {
            assertThat(causeOf(future)).isNull();
        }
        assertThat(channel.stats().txFrames()).isEqualTo(200);
    }

    @Test
    void whatWaitsForAConnectionThatEndsIsRefused() throws Exception {
        bind(",sndbuf=5000");
        StreamPeer peer = connect();
        List<ChannelFuture> written = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            written.add(channel.write(frame(i, 9000)));
        }
        channel.flush();
        Await.await("full", channel::isFull);
        peer.close();
        assertRefused(causeOf(written.get(199)), DropReason.DOWN);
        assertThat(channel.stats().txFrames() + channel.stats().txDrops(DropReason.DOWN)).isEqualTo(200);
        // The next connection begins with a whole frame.
        StreamPeer next = connect();
        assertWorks(next);
    }

    @Test
    void whatWasSentBeforeTheHangUpIsReadWhenItIsWanted() throws Exception {
        bind("");
        StreamPeer peer = connect();
        channel.config().setAutoRead(false);
        channel.eventLoop().submit(() -> { }).sync();
        peer.sendRaw(StreamPeer.framed(TestFrames.frame(1), TestFrames.frame(2), TestFrames.frame(3)));
        peer.close();
        awaitEvents(new DeviceEvent.LinkUp(), new DeviceEvent.LinkDown());
        assertRefused(causeOf(channel.writeAndFlush(frame(4, 60))), DropReason.DOWN);
        channel.config().setAutoRead(true);
        List<Long> read = collector.numbers(3);
        assertThat(read).containsExactly(1L, 2L, 3L);
        Await.await("the end of the connection", () -> collector.lost.size() == 1);
        assertWorks(connect());
    }

    @Test
    void aHandlerMayWriteToAConnectionThatHasEndedWhileItsFramesAreRead() throws Exception {
        FrameCollector echo = new FrameCollector() {
            @Override
            protected void frame(ChannelHandlerContext ctx, ByteBuf frame) {
                ctx.writeAndFlush(frame.retain());
            }
        };
        bind("");
        channel.pipeline().addFirst(echo);
        StreamPeer peer = connect();
        channel.config().setAutoRead(false);
        channel.eventLoop().submit(() -> { }).sync();
        byte[][] frames = new byte[50][];
        for (int i = 0; i < frames.length; i++) {
            frames[i] = TestFrames.frame(i);
        }
        peer.sendRaw(StreamPeer.framed(frames));
        // Linux tells of a peer that only reads no more by EPIPE, at the first write.
        peer.shutdownInput();
        channel.config().setAutoRead(true);
        awaitEvents(new DeviceEvent.LinkUp(), new DeviceEvent.LinkDown());
        peer.close();
        assertThat(echo.numbers(1)).containsExactly(0L);
        assertThat(channel.isActive()).isTrue();
    }

    @Test
    void theFileIsForTheUserAloneAndGoesWithTheChannel() throws Exception {
        Path file = folder.resolve("vm1.sock");
        bind("");
        assertThat(Files.getAttribute(file, "unix:mode")).isEqualTo(0140600);
        assertThat(channel.localAddress()).hasToString("stream:" + file);
        channel.close().sync();
        assertThat(file).doesNotExist();
        // As a program leaves it behind that is killed.
        listen().close();
        assertThat(file).exists();
        FramePort port = FramePorts.parse(address + ",mode=0660");
        channel = (FrameChannel) port.bootstrap(group).handler(new FrameCollector()).bind().sync().channel();
        assertThat(Files.getAttribute(file, "unix:mode")).isEqualTo(0140660);
    }

    @Test
    void aSocketThatSomebodyListensOnIsRefused() throws Exception {
        listen();
        long descriptors = OpenDescriptors.ofTaps();
        assertThatThrownBy(() -> bind("")).hasMessageContaining("in use");
        assertThat(folder.resolve("vm1.sock")).exists();
        assertThat(OpenDescriptors.settle(descriptors)).isLessThanOrEqualTo(descriptors);
    }

    @Test
    void aTcpPortThatSomebodyListensOnIsRefused() throws Exception {
        address = new FrameStreamAddress("127.0.0.1:" + StreamPeer.freePort());
        listen();
        assertThatThrownBy(() -> bind("")).hasMessageContaining("EADDRINUSE").hasMessageContaining("listens");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aClientConnectsWhenSomebodyListensAndAgainAndAgain(boolean tcp) throws Exception {
        if (tcp) {
            address = new FrameStreamAddress("127.0.0.1:" + StreamPeer.freePort());
        }
        bind(",server=off,reconnect-ms=20");
        assertThat(channel.isActive()).isTrue();
        assertThat(channel.isLinkUp()).isFalse();
        assertRefused(causeOf(channel.writeAndFlush(frame(1, 60))), DropReason.DOWN);
        ServerSocketChannel server = listen();
        for (int i = 0; i < 3; i++) {
            StreamPeer peer = accept(server);
            assertWorks(peer);
            peer.close();
            int ended = i + 1;
            Await.await("the end of connection " + ended, () -> collector.lost.size() == ended);
        }
        assertThat(collector.exceptions()).isEmpty();
    }

    @Test
    void tcpIsServedToo() throws Exception {
        address = new FrameStreamAddress("127.0.0.1:" + StreamPeer.freePort());
        bind("");
        assertThat(channel.localAddress()).isEqualTo(address);
        StreamPeer peer = connect();
        assertWorks(peer);
        // The port is free again at once for the next one.
        channel.close().sync();
        FramePort port = FramePorts.parse(address.toString());
        channel = (FrameChannel) port.bootstrap(group).handler(new FrameCollector()).bind().sync().channel();
    }

    @Test
    void acceptIsTriedAgainWhenThereWereNoDescriptors() throws Exception {
        bind("");
        try (TamperedCalls calls = new TamperedCalls()) {
            calls.fail(Errno.EMFILE, (name, arguments) -> name.equals("accept"));
            StreamPeer peer = StreamPeer.connect(address);
            open.add(peer);
            Await.await("a failure", () -> calls.failures() > 0);
            calls.pass();
            Await.await("the link", channel::isLinkUp);
            assertThat(calls.failures()).isLessThan(5);
            assertWorks(peer);
        }
    }
}
