/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vhost;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.ringtap.channel.FrameChannel;
import io.ringtap.channel.FrameChannelOption;
import io.ringtap.channel.FramePort;
import io.ringtap.channel.FramePorts;
import io.ringtap.ethernet.DropReason;
import io.ringtap.loop.FrameLoop;
import io.ringtap.testkit.Await;
import io.ringtap.testkit.LeakExtension;
import io.ringtap.testkit.OpenDescriptors;
import io.ringtap.testsuite.LoopTurns;
import io.ringtap.virtio.VirtioNetOffload;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VnetHeaderLength;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Both ends of a pair of virtqueues on one event loop, and back ends that are none. */
@ExtendWith(LeakExtension.class)
class VirtioUserChannelTest {
    private final EventLoopGroup group = LoopTurns.newGroup(1, FrameLoop.preferred().newFactory());
    @TempDir
    private Path folder;

    @AfterEach
    void shutDown() throws InterruptedException {
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
    }

    private static final class Received extends SimpleChannelInboundHandler<ByteBuf> {
        final BlockingQueue<byte[]> frames = new LinkedBlockingQueue<>();
        final BlockingQueue<Object> events = new LinkedBlockingQueue<>();

        @Override
        protected void channelRead0(ChannelHandlerContext ctx, ByteBuf frame) {
            byte[] octets = new byte[frame.readableBytes()];
            frame.readBytes(octets);
            frames.add(octets);
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            events.add(event);
        }
    }

    private String path() {
        return folder.resolve("sw0.sock").toString();
    }

    private FrameChannel frontEnd(Received received, String keys) throws Exception {
        FramePort port = FramePorts.parse("virtio-user:" + path() + ",reconnect-ms=10" + keys);
        return (FrameChannel) port.bootstrap(group).handler(received).bind(port.address()).sync().channel();
    }

    private FrameChannel backEnd(Received received) throws Exception {
        return (FrameChannel) new Bootstrap().group(group).channel(VhostChannel.class).handler(received)
            .option(FrameChannelOption.VNET_HEADER, VnetHeaderLength.MERGEABLE)
            .option(FrameChannelOption.OFFLOADS, VirtioNetOffloads.of(VirtioNetOffload.CSUM, VirtioNetOffload.TSO4))
            .bind(new VhostAddress(path())).sync().channel();
    }

    private static byte[] frame(int header, int number, int length) {
        byte[] frame = new byte[header + length];
        for (int i = header; i < frame.length; i++) {
            frame[i] = (byte) (number + i - header);
        }
        if (header == 12) {
            // num_buffers, which is 1 in a frame that was read.
            frame[10] = 1;
        }
        return frame;
    }

    private static void exchange(FrameChannel from, int header, Received to, int toHeader) throws Exception {
        for (int i = 0; i < 200; i++) {
            from.writeAndFlush(Unpooled.wrappedBuffer(frame(header, i, 60 + 7 * i))).sync();
            assertThat(to.frames.poll(10, TimeUnit.SECONDS)).isEqualTo(frame(toHeader, i, 60 + 7 * i));
        }
    }

    /** With a header at one end and none at the other. */
    @ParameterizedTest
    @ValueSource(strings = {"", ",packed=on", ",mergeable=off", ",packed=on,in-order=on,queue-size=64"})
    void bothEndsMayShareAnEventLoop(String keys) throws Exception {
        int descriptors = OpenDescriptors.now().size();
        Received front = new Received();
        Received back = new Received();
        FrameChannel frontEnd = frontEnd(front, keys);
        FrameChannel backEnd = backEnd(back);
        try {
            Await.await("both links", () -> frontEnd.isLinkUp() && backEnd.isLinkUp());
            exchange(frontEnd, 0, back, 12);
            exchange(backEnd, 12, front, 0);
            assertThat(frontEnd.toString()).contains("virtio-user:" + path());
            assertThat(frontEnd.stats().rxDrops() + frontEnd.stats().txDrops()).isZero();
        } finally {
            frontEnd.close().sync();
            backEnd.close().sync();
        }
        // Nothing stays open or mapped, at either end.
        Await.await("closed descriptors", () -> OpenDescriptors.now().size() <= descriptors);
        Await.await("no mapping", () -> Files.readAllLines(Path.of("/proc/self/maps")).stream()
            .noneMatch(line -> line.contains("memfd:virtio-user")));
    }

    /** Neither end wants frames: a channel that waits for room alone has to be told of it. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whoReadsNothingMayWaitForRoom(boolean toTheBackEnd) throws Exception {
        Received front = new Received();
        Received back = new Received();
        FrameChannel frontEnd = frontEnd(front, ",queue-size=64");
        FrameChannel backEnd = backEnd(back);
        try {
            Await.await("both links", () -> frontEnd.isLinkUp() && backEnd.isLinkUp());
            frontEnd.config().setAutoRead(false);
            backEnd.config().setAutoRead(false);
            FrameChannel from = toTheBackEnd ? frontEnd : backEnd;
            FrameChannel to = toTheBackEnd ? backEnd : frontEnd;
            Received received = toTheBackEnd ? back : front;
            ChannelFuture last = null;
            for (int i = 0; i < 200; i++) {
                last = from.write(Unpooled.wrappedBuffer(frame(toTheBackEnd ? 0 : 12, i, 60)));
            }
            from.flush();
            Await.await("a full ring", from::isFull);
            // The sender has looked for room in vain, and has fallen asleep.
            LoopTurns.assertRests(from.eventLoop());
            to.config().setAutoRead(true);
            for (int i = 0; i < 200; i++) {
                assertThat(received.frames.poll(5, TimeUnit.SECONDS)).as("frame %d", i)
                    .isEqualTo(frame(toTheBackEnd ? 12 : 0, i, 60));
            }
            last.sync();
        } finally {
            frontEnd.close().sync();
            backEnd.close().sync();
        }
    }

    /** A back end that connects to a front end which listens there: the connection is made at once. */
    @Test
    void aBackEndMayConnect() throws Exception {
        Received front = new Received();
        Received back = new Received();
        FrameChannel frontEnd = frontEnd(front, ",server=on");
        FrameChannel backEnd = (FrameChannel) new Bootstrap().group(group).channel(VhostChannel.class).handler(back)
            .option(VhostChannelOption.SERVER, false).bind(new VhostAddress(path())).sync().channel();
        try {
            Await.await("both links", () -> frontEnd.isLinkUp() && backEnd.isLinkUp());
            exchange(frontEnd, 0, back, 0);
            exchange(backEnd, 0, front, 0);
        } finally {
            frontEnd.close().sync();
            backEnd.close().sync();
        }
    }

    /** What a back end takes undone shows when it is there. */
    @Test
    void offloadsAreThoseOfTheBackEnd() throws Exception {
        FrameChannel frontEnd = frontEnd(new Received(), ",vnet=12,offloads=csum");
        assertThat(frontEnd.vnetBackend().takes()).isEqualTo(VirtioNetOffloads.NONE);
        FrameChannel backEnd = backEnd(new Received());
        try {
            Await.await("both links", () -> frontEnd.isLinkUp() && backEnd.isLinkUp());
            assertThat(frontEnd.vnetBackend().takes())
                .isEqualTo(VirtioNetOffloads.of(VirtioNetOffload.CSUM, VirtioNetOffload.TSO4));
            assertThat(backEnd.vnetBackend().takes()).isEqualTo(VirtioNetOffloads.of(VirtioNetOffload.CSUM));
        } finally {
            frontEnd.close().sync();
            backEnd.close().sync();
        }
    }

    @Test
    void aBackEndMayGoAndComeAgain() throws Exception {
        Received front = new Received();
        FrameChannel frontEnd = frontEnd(front, "");
        assertThatThrownBy(() -> frontEnd.writeAndFlush(Unpooled.wrappedBuffer(new byte[60])).sync())
            .hasMessageContaining("no back end is there");
        assertThat(frontEnd.stats().txDrops(DropReason.DOWN)).isEqualTo(1);
        for (int i = 0; i < 3; i++) {
            Received back = new Received();
            FrameChannel backEnd = backEnd(back);
            Await.await("the link", frontEnd::isLinkUp);
            exchange(frontEnd, 0, back, 12);
            backEnd.close().sync();
            Await.await("the end of the link", () -> !frontEnd.isLinkUp());
            assertThat(frontEnd.isActive()).isTrue();
        }
        frontEnd.close().sync();
        assertThat(front.events).anyMatch(event -> event instanceof PeerLost);
    }

    /** Answers that are none: each ends the connection with a cause, and there is a next one. */
    @Test
    void aBackEndThatLiesIsLeft() throws Exception {
        Received front = new Received();
        FrameChannel frontEnd = frontEnd(front, "");
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)
            .bind(UnixDomainSocketAddress.of(path()))) {
            // No reply; to another request; of another size; without VERSION_1; half a message.
            lie(server, front, reply(1, 1, 8, 0x1_0000_0000L), "request GET_FEATURES");
            lie(server, front, reply(15, 5, 8, 0x1_0000_0000L), "GET_PROTOCOL_FEATURES");
            lie(server, front, reply(1, 5, 4, 0), "4 bytes");
            lie(server, front, reply(1, 5, 8, 1), "lacks features");
            lie(server, front, reply(1, 5, 8, 0x1_0000_0000L).limit(15), "in the middle of a message");
            // What comes when nothing is asked any more: all is set up without an answer.
            ByteBuffer twice = ByteBuffer.allocate(40).order(ByteOrder.nativeOrder())
                .put(reply(1, 5, 8, 0x1_0000_0000L)).put(reply(1, 5, 8, 0)).flip();
            lie(server, front, twice, "nobody waits for");
        } finally {
            frontEnd.close().sync();
            Files.deleteIfExists(Path.of(path()));
        }
    }

    private static ByteBuffer reply(int request, int flags, int size, long value) {
        return ByteBuffer.allocate(12 + size).order(ByteOrder.nativeOrder()).putInt(request).putInt(flags).putInt(size)
            .put(ByteBuffer.allocate(8).order(ByteOrder.nativeOrder()).putLong(value).flip().limit(size)).flip();
    }

    private static void lie(ServerSocketChannel server, Received front, ByteBuffer answer, String cause)
        throws IOException, InterruptedException {
        try (SocketChannel peer = server.accept()) {
            ByteBuffer request = ByteBuffer.allocate(12).order(ByteOrder.nativeOrder());
            while (request.hasRemaining()) {
                peer.read(request);
            }
            assertThat(request.getInt(0)).as("GET_FEATURES").isEqualTo(1);
            peer.write(answer);
            if (answer.capacity() == 20 && answer.limit() == 15) {
                peer.shutdownOutput();
            }
            Object event;
            do {
                event = front.events.poll(10, TimeUnit.SECONDS);
                assertThat(event).as(cause).isNotNull();
            } while (!(event instanceof PeerLost));
            assertThat(((PeerLost) event).cause()).hasMessageContaining(cause);
        }
    }

    @Test
    void optionsAreChecked() {
        VirtioUserChannel channel = new VirtioUserChannel();
        assertThatThrownBy(() -> channel.config().setQueueSize(100)).hasMessageContaining("a power of two, 4-4096");
        assertThatThrownBy(() -> channel.config().setReconnectMillis(0)).hasMessageContaining("1 or more");
        channel.config().setPacked(true).setInOrder(true).setQueueSize(512).setMergeable(false);
        assertThat(channel.config().getOption(VirtioUserChannelOption.PACKED)).isTrue();
        assertThat(channel.config().getOption(VirtioUserChannelOption.QUEUE_SIZE)).isEqualTo(512);
        assertThat(channel.config().getOptions()).containsEntry(VirtioUserChannelOption.IN_ORDER, true)
            .containsEntry(VirtioUserChannelOption.MERGEABLE, false)
            .containsEntry(VirtioUserChannelOption.SERVER, false);
        assertThatThrownBy(() -> FramePorts.parse("virtio-user:/tmp/s,queue-size=9000"))
            .hasMessageContaining("queue-size");
    }
}
