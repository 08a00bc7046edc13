/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.ringtap.channel.FramePorts;
import io.ringtap.testkit.PacketBuilder;
import io.ringtap.testkit.TestFrames;
import io.ringtap.virtio.VirtioNetHeader;
import io.ringtap.virtio.VnetHeaderLength;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;

/** A bridge between pipes of the embedded netmap, with a host at the far end of each. */
@Timeout(60)
abstract class PipeBridge {
    static final long STATION_A = 0x02_00_00_00_00_0aL;
    static final long STATION_B = 0x02_00_00_00_00_0bL;
    static final long STATION_C = 0x02_00_00_00_00_0cL;
    static final long BROADCAST = 0xffff_ffff_ffffL;
    static final int SEGMENT = 1000;
    static final int SEGMENTS = 5;
    final RecordingListener listener = new RecordingListener();
    final EventLoopGroup group = new MultiThreadIoEventLoopGroup(3, NioIoHandler.newFactory());
    final List<Channel> hosts = new ArrayList<>();
    final List<Received> received = new ArrayList<>();
    Bridge bridge;

    /** Everything that a host receives. */
    static final class Received extends ChannelInboundHandlerAdapter {
        final BlockingQueue<byte[]> frames = new LinkedBlockingQueue<>();

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ByteBuf frame = (ByteBuf) message;
            frames.add(ByteBufUtil.getBytes(frame));
            frame.release();
        }

        byte[] next() throws InterruptedException {
            byte[] frame = frames.poll(20, TimeUnit.SECONDS);
            assertThat(frame).as("a frame").isNotNull();
            return frame;
        }

        boolean staysQuiet() throws InterruptedException {
            return frames.poll(100, TimeUnit.MILLISECONDS) == null;
        }
    }

    @AfterEach
    void closeAll() {
        hosts.forEach(host -> host.close().awaitUninterruptibly());
        if (bridge != null) {
            bridge.close();
        }
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    /** The bridge's end of a pipe. {@link #host} opens the other end. */
    static String port(int number, String keys) {
        return "vale6:p{" + number + ",driver=embedded" + keys;
    }

    static String port(int number) {
        return port(number, "");
    }

    void host(int number, String keys) throws Exception {
        Received collector = new Received();
        received.add(collector);
        hosts.add(FramePorts.parse("vale6:p}" + number + ",driver=embedded" + keys).bootstrap(group)
            .handler(collector).bind().sync().channel());
    }

    void host(int number) throws Exception {
        host(number, "");
    }

    /** A bridge with plain ports, each with a host. */
    void open(int ports, BridgeBuilder builder) throws Exception {
        for (int i = 0; i < ports; i++) {
            builder.port(port(i));
        }
        bridge = builder.listener(listener).build();
        bridge.open(group).sync();
        for (int i = 0; i < ports; i++) {
            host(i);
        }
    }

    void open(int ports) throws Exception {
        open(ports, Bridge.builder());
    }

    ChannelFuture send(int host, byte[] frame) {
        return hosts.get(host).writeAndFlush(Unpooled.wrappedBuffer(frame)).syncUninterruptibly();
    }

    static byte[] frame(long destination, long source, long number) {
        byte[] frame = TestFrames.frame(number);
        ByteBuffer.wrap(frame).putLong(0, destination << 16 | source >>> 32).putInt(8, (int) source);
        return frame;
    }

    void assertPasses(int from, int to, byte[] frame) throws InterruptedException {
        send(from, frame);
        assertThat(received.get(to).next()).isEqualTo(frame);
    }

    /** A super-frame behind a header of 12 bytes, of so many octets of payload. */
    static ByteBuf superFrame(PacketBuilder packet) {
        ByteBuf frame = packet.partial().build(12);
        VirtioNetHeader header = VirtioNetHeader.of(VnetHeaderLength.MERGEABLE);
        header.setFlags(frame, 0, VirtioNetHeader.NEEDS_CSUM);
        header.setGsoType(frame, 0, VirtioNetHeader.GSO_TCPV4);
        header.setGsoSize(frame, 0, SEGMENT);
        header.setHdrLen(frame, 0, packet.payloadOffset());
        header.setCsumStart(frame, 0, packet.transportOffset());
        header.setCsumOffset(frame, 0, packet.checksumOffset());
        return frame;
    }

    /** From the device on. */
    List<Class<?>> handlers(int port) {
        List<Class<?>> types = new ArrayList<>();
        for (Map.Entry<String, ChannelHandler> entry : bridge.ports().get(port).channel().pipeline()) {
            if (!(entry.getValue() instanceof BridgeHandler)) {
                types.add(entry.getValue().getClass());
            }
        }
        return types;
    }
}
