/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vhost;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoopGroup;
import io.ringtap.channel.DeviceEvent;
import io.ringtap.channel.FrameChannel;
import io.ringtap.channel.FramePort;
import io.ringtap.channel.FramePorts;
import io.ringtap.ethernet.DropReason;
import io.ringtap.ethernet.FrameRefusedException;
import io.ringtap.internal.unix.UnixSocketName;
import io.ringtap.testkit.Await;
import io.ringtap.testkit.LeakExtension;
import io.ringtap.testkit.OpenDescriptors;
import io.ringtap.testkit.TestFrames;
import io.ringtap.testsuite.FrameCollector;
import io.ringtap.testsuite.TestLoops.TestLoop;
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

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** What a {@link FrameDatagramChannel} does about the file of its socket, and about a peer that comes and goes. */
@ExtendWith(LeakExtension.class)
@ParameterizedClass(name = "{0}")
@MethodSource("io.ringtap.testsuite.TestLoops#available")
class DatagramSocketTest {
    @TempDir
    private Path folder;

    @Parameter
    private TestLoop loop;

    private final FrameCollector collector = new FrameCollector();
    private final List<AutoCloseable> open = new ArrayList<>();
    private EventLoopGroup group;
    private Path local;
    private Path remote;

    @BeforeEach
    void start() {
        group = loop.newGroup(1);
        local = folder.resolve("vm1.sock");
        remote = folder.resolve("qemu1.sock");
    }

    @AfterEach
    void stop() throws Exception {
        group.shutdownGracefully(0, 10, TimeUnit.SECONDS).await(10, TimeUnit.SECONDS);
        for (AutoCloseable each : open) {
            each.close();
        }
    }

    private FrameChannel bind(String keys) throws Exception {
        return bind(keys, collector);
    }

    private FrameChannel bind(String keys, FrameCollector collector) throws Exception {
        FramePort port = FramePorts.parse("dgram:" + local + keys);
        return (FrameChannel) port.bootstrap(group).handler(collector).bind(port.address()).sync().channel();
    }

    private FrameChannel bindToRemote() throws Exception {
        return bind(",remote=" + remote);
    }

    private DatagramPeer peer() throws Exception {
        DatagramPeer peer = new DatagramPeer(remote, local);
        open.add(peer);
        return peer;
    }

    private static ByteBuf frame(long number) {
        return Unpooled.directBuffer().writeBytes(TestFrames.frame(number));
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

    @Test
    void theFileIsForTheUserAloneAndGoesWithTheChannel() throws Exception {
        FrameChannel channel = bindToRemote();
        assertThat(Files.getAttribute(local, "unix:mode")).isEqualTo(0140600);
        assertThat(channel.localAddress()).hasToString("dgram:" + local);
        channel.close().sync();
        assertThat(local).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(strings = {"0666", "0000", "660"})
    void theModeIsWhatTheOptionSaysWhateverTheUmask(String mode) throws Exception {
        FrameChannel channel = bind(",remote=" + remote + ",mode=" + mode);
        assertThat(Files.getAttribute(local, "unix:mode")).isEqualTo(0140000 | Integer.parseInt(mode, 8));
        channel.close().sync();
    }

    @Test
    void aStaleFileIsReplaced() throws Exception {
        new DatagramPeer(local, remote).close();
        assertThat(local).exists();
        FrameChannel channel = bindToRemote();
        DatagramPeer peer = peer();
        peer.send(TestFrames.frame(1));
        assertThat(collector.numbers(1)).containsExactly(1L);
        channel.close().sync();
    }

    @Test
    void aSocketThatIsInUseIsRefusedAndStays() throws Exception {
        DatagramPeer other = new DatagramPeer(local, remote);
        try {
            Object before = SocketFile.identity(new UnixSocketName(local.toString()));
            long descriptors = OpenDescriptors.ofTaps();
            assertThatThrownBy(this::bindToRemote).hasMessageContaining(local.toString())
                .hasMessageContaining("in use");
            assertThat(SocketFile.identity(new UnixSocketName(local.toString()))).isEqualTo(before);
            assertThat(OpenDescriptors.settle(descriptors)).isLessThanOrEqualTo(descriptors);
        } finally {
            other.close();
        }
    }

    @Test
    void aFileThatIsNoSocketIsRefusedAndStays() throws Exception {
        Files.writeString(local, "precious");
        assertThatThrownBy(this::bindToRemote).hasMessageContaining("no socket");
        assertThat(local).hasContent("precious");
    }

    @Test
    void aFileThatHasTakenThePlaceOfOursStays() throws Exception {
        FrameChannel channel = bindToRemote();
        Files.delete(local);
        Files.writeString(local, "another");
        channel.close().sync();
        assertThat(local).hasContent("another");
    }

    @Test
    void anAbstractNameIsNoFile() throws Exception {
        String name = "@ringtap-" + ProcessHandle.current().pid() + loop;
        FramePort port = FramePorts.parse("dgram:" + name + ",remote=" + remote);
        Channel channel = port.bootstrap(group).handler(collector).bind(port.address()).sync().channel();
        assertThat(channel.localAddress()).hasToString("dgram:" + name);
        assertThat(Path.of(name)).doesNotExist();
        assertThatThrownBy(() -> port.bootstrap(group).handler(new FrameCollector())
            .bind(port.address()).sync()).hasMessageContaining("another program has a socket of this name open");
        channel.close().sync();
    }

    @Test
    void aDirectoryThatIsMissingIsNamed() {
        local = folder.resolve("none").resolve("vm1.sock");
        assertThatThrownBy(this::bindToRemote).hasMessageContaining("ENOENT").hasMessageContaining("directory");
    }

    @Test
    void whileThePeerIsAwayAWriteFailsAndIsCounted() throws Exception {
        FrameChannel channel = bindToRemote();
        assertThat(channel.isLinkUp()).isFalse();
        assertRefused(causeOf(channel.writeAndFlush(frame(1))), DropReason.DOWN);
        assertThat(channel.stats().txDrops(DropReason.DOWN)).isEqualTo(1);
        assertThat(channel.isActive()).isTrue();
        DatagramPeer peer = peer();
        awaitEvents(new DeviceEvent.LinkUp());
        assertThat(channel.isLinkUp()).isTrue();
        assertThat(causeOf(channel.writeAndFlush(frame(2)))).isNull();
        assertThat(TestFrames.number(peer.receive(10_000))).isEqualTo(2);
        channel.close().sync();
    }

    @Test
    void aPeerThatSendsIsThereAtOnce() throws Exception {
        FrameChannel channel = bindToRemote();
        DatagramPeer peer = peer();
        peer.send(TestFrames.frame(1));
        assertThat(collector.numbers(1)).containsExactly(1L);
        assertThat(causeOf(channel.writeAndFlush(frame(2)))).isNull();
        awaitEvents(new DeviceEvent.LinkUp());
        channel.close().sync();
    }

    @Test
    void aWriteFindsOutThatThePeerWasKilled() throws Exception {
        DatagramPeer peer = peer();
        FrameChannel channel = bindToRemote();
        assertThat(channel.isLinkUp()).isTrue();
        peer.close();
        assertRefused(causeOf(channel.writeAndFlush(frame(1))), DropReason.DOWN);
        awaitEvents(new DeviceEvent.LinkDown());
        assertThat(channel.isLinkUp()).isFalse();
        DatagramPeer next = peer();
        awaitEvents(new DeviceEvent.LinkDown(), new DeviceEvent.LinkUp());
        next.send(TestFrames.frame(3));
        assertThat(collector.numbers(1)).containsExactly(3L);
        channel.close().sync();
    }

    /** The kernel lets nobody but the former peer send to a socket that is connected to it. */
    @Test
    void aPeerThatWasReplacedIsHeardThoughNothingIsWritten() throws Exception {
        peer();
        FrameChannel channel = bindToRemote();
        DatagramPeer next = peer();
        next.send(TestFrames.frame(3));
        assertThat(collector.numbers(1)).containsExactly(3L);
        awaitEvents(new DeviceEvent.LinkDown(), new DeviceEvent.LinkUp());
        channel.close().sync();
    }

    @Test
    void framesThatWaitForAFullPeerAreRefusedWhenItGoes() throws Exception {
        DatagramPeer peer = peer();
        FrameChannel channel = bindToRemote();
        List<ChannelFuture> written = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            written.add(channel.write(frame(i)));
        }
        channel.flush();
        Await.await("full", channel::isFull);
        peer.close();
        assertRefused(causeOf(written.get(999)), DropReason.DOWN);
        awaitEvents(new DeviceEvent.LinkDown());
        assertThat(channel.stats().txFrames() + channel.stats().txDrops(DropReason.DOWN)).isEqualTo(1000);
        channel.close().sync();
    }

    /** As of QEMU, whose socket is connected to nobody: its queue has room for net.unix.max_dgram_qlen datagrams. */
    @Test
    void aFullQueueOfThePeerIsBackpressure() throws Exception {
        DatagramPeer peer = peer();
        FrameChannel channel = bindToRemote();
        List<ChannelFuture> written = new ArrayList<>();
        for (int i = 0; i < 2000; i++) {
            written.add(channel.write(frame(i)));
        }
        channel.flush();
        Await.await("full", channel::isFull);
        for (int i = 0; i < 2000; i++) {
            assertThat(TestFrames.number(peer.receive(10_000))).isEqualTo(i);
        }
        for (ChannelFuture future : written) {
            assertThat(causeOf(future)).isNull();
        }
        assertThat(channel.stats().txDrops()).isZero();
        channel.close().sync();
    }

    @Test
    void datagramsThatAreNoFramesAreDroppedAndCounted() throws Exception {
        DatagramPeer peer = peer();
        FrameChannel channel = bind(",remote=" + remote + ",max-frame=2000");
        peer.send(new byte[0]);
        peer.send(new byte[13]);
        peer.send(TestFrames.frame(1, 2001));
        peer.send(TestFrames.frame(2, 60_000));
        peer.send(TestFrames.frame(3, 2000));
        assertThat(collector.numbers(1)).containsExactly(3L);
        assertThat(channel.stats().rxDrops(DropReason.MALFORMED)).isEqualTo(2);
        assertThat(channel.stats().rxDrops(DropReason.TRUNCATED)).isEqualTo(2);
        assertThat(channel.isActive()).isTrue();
        channel.close().sync();
    }

    @Test
    void framesThatNoDatagramMayHoldAreRefused() throws Exception {
        peer();
        FrameChannel channel = bind(",remote=" + remote + ",max-frame=2000");
        assertRefused(causeOf(channel.writeAndFlush(Unpooled.buffer().writeZero(2001))), DropReason.TOO_LONG);
        assertRefused(causeOf(channel.writeAndFlush(Unpooled.buffer().writeZero(13))), DropReason.REFUSED);
        channel.close().sync();
        channel = bind(",remote=" + remote + ",sndbuf=8000", new FrameCollector());
        assertRefused(causeOf(channel.writeAndFlush(Unpooled.buffer().writeZero(60_000))), DropReason.TOO_LONG);
        channel.close().sync();
    }

    @Test
    void vfkitIsLearnedFromItsFirstDatagramWhichIsNoFrame() throws Exception {
        FrameChannel channel = bind("");
        assertThat(channel.isLinkUp()).isFalse();
        DatagramPeer vfkit = peer().connect();
        vfkit.send("VFKT".getBytes());
        awaitEvents(new DeviceEvent.LinkUp());
        vfkit.send(TestFrames.frame(1));
        assertThat(collector.numbers(1)).containsExactly(1L);
        assertThat(causeOf(channel.writeAndFlush(frame(2)))).isNull();
        assertThat(TestFrames.number(vfkit.receive(10_000))).isEqualTo(2);
        assertThat(channel.stats().rxDrops()).isZero();
        // The next one has another path.
        vfkit.closeInOrder();
        remote = folder.resolve("qemu2.sock");
        awaitEvents(new DeviceEvent.LinkUp(), new DeviceEvent.LinkDown());
        DatagramPeer next = peer().connect();
        next.send(TestFrames.frame(3));
        assertThat(collector.numbers(1)).containsExactly(3L);
        channel.close().sync();
    }

    @Test
    void aSenderWithoutANameIsHeardAndCannotBeAnswered() throws Exception {
        FrameChannel channel = bind("");
        DatagramPeer nameless = new DatagramPeer(null, local);
        open.add(nameless);
        nameless.send(TestFrames.frame(1));
        assertThat(collector.numbers(1)).containsExactly(1L);
        assertRefused(causeOf(channel.writeAndFlush(frame(2))), DropReason.DOWN);
        channel.close().sync();
    }

    @Test
    void gvproxyIsGreetedEachTimeItComes() throws Exception {
        DatagramPeer gvproxy = peer();
        FrameChannel channel = bind(",remote=" + remote + ",vfkit=on");
        assertThat(gvproxy.receive(10_000)).isEqualTo("VFKT".getBytes());
        DatagramPeer next = peer();
        assertThat(next.receive(10_000)).isEqualTo("VFKT".getBytes());
        assertThat(causeOf(channel.writeAndFlush(frame(1)))).isNull();
        assertThat(TestFrames.number(next.receive(10_000))).isEqualTo(1);
        channel.close().sync();
    }

    /** The kernel tells a socket by an error that its peer has connected to another one, with something unread. */
    @Test
    void aPeerThatTurnsAwayDoesNotCloseTheChannel() throws Exception {
        DatagramPeer peer = peer();
        FrameChannel channel = bindToRemote();
        peer.connect();
        assertThat(causeOf(channel.writeAndFlush(frame(1)))).isNull();
        Path elsewhere = folder.resolve("elsewhere");
        open.add(new DatagramPeer(elsewhere, local));
        peer.connectTo(elsewhere);
        awaitEvents(new DeviceEvent.LinkDown());
        assertThat(channel.isActive()).isTrue();
        assertThat(collector.exceptions()).isEmpty();
        channel.close().sync();
    }

    @Test
    void twoChannelsMayBeEachOthersPeer() throws Exception {
        FrameChannel first = bindToRemote();
        FrameCollector other = new FrameCollector();
        FramePort port = FramePorts.parse("dgram:" + remote + ",remote=" + local);
        FrameChannel second = (FrameChannel) port.bootstrap(group).handler(other).bind(port.address()).sync()
            .channel();
        Await.await("both links", () -> first.isLinkUp() && second.isLinkUp());
        for (int i = 0; i < 500; i++) {
            first.write(frame(i));
        }
        first.flush();
        assertThat(other.numbers(500)).hasSize(500).first().isEqualTo(0L);
        assertThat(causeOf(second.writeAndFlush(frame(7)))).isNull();
        assertThat(collector.numbers(1)).containsExactly(7L);
        second.close().sync();
        Await.await("no link", () -> !first.isLinkUp());
        first.close().sync();
    }
}
