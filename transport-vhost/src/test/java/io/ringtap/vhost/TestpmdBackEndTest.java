/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vhost;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.ringtap.loop.FrameLoop;
import io.ringtap.testkit.Await;
import io.ringtap.testkit.LeakExtension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** The ring formats of {@link VirtioUserChannel} against another implementation: the back end of DPDK. */
@ExtendWith(LeakExtension.class)
class TestpmdBackEndTest {
    private static final int FRAMES = 2000;
    private static final int AT_ONCE = 40;
    /** Of more buffers than one. */
    private static final int LONGEST = 1514;

    private record Format(String name, Consumer<VirtioUserChannelConfig> options) {
    }

    private static final List<Format> FORMATS = List.of(
        new Format("split", c -> { }),
        new Format("split, not mergeable", c -> c.setMergeable(false)),
        new Format("split, in order", c -> c.setInOrder(true)),
        new Format("split of 64", c -> c.setQueueSize(64)),
        new Format("split of 1024", c -> c.setQueueSize(1024)),
        new Format("packed", c -> c.setPacked(true)),
        new Format("packed, not mergeable", c -> c.setPacked(true).setMergeable(false)),
        new Format("packed, in order", c -> c.setPacked(true).setInOrder(true)),
        new Format("packed of 64", c -> c.setPacked(true).setQueueSize(64)));

    @TempDir
    private Path folder;

    @Test
    void everyFormatOfRings() throws Exception {
        String missing = Testpmd.missing();
        assumeTrue(missing == null, missing);
        List<String> devices = new ArrayList<>();
        for (int i = 0; i < FORMATS.size(); i++) {
            devices.add("net_vhost" + i + ",iface=" + path(i) + ",queues=1");
        }
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, FrameLoop.preferred().newFactory());
        try (Testpmd testpmd = new Testpmd(folder, devices)) {
            for (int i = 0; i < FORMATS.size(); i++) {
                exchange(group, FORMATS.get(i), path(i), testpmd);
            }
        } finally {
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        }
    }

    private String path(int index) {
        return folder.resolve("sw" + index).toString();
    }

    private static final class Received extends SimpleChannelInboundHandler<ByteBuf> {
        final BlockingQueue<byte[]> frames = new LinkedBlockingQueue<>();

        @Override
        protected void channelRead0(ChannelHandlerContext ctx, ByteBuf frame) {
            byte[] octets = new byte[frame.readableBytes()];
            frame.readBytes(octets);
            frames.add(octets);
        }
    }

    private static void exchange(EventLoopGroup group, Format format, String path, Testpmd testpmd) throws Exception {
        Received received = new Received();
        VirtioUserChannel channel = (VirtioUserChannel) new Bootstrap().group(group).channel(VirtioUserChannel.class)
            .handler(received).option(VirtioUserChannelOption.RECONNECT_MILLIS, 20).register().sync().channel();
        format.options.accept(channel.config());
        channel.bind(new VirtioUserAddress(path)).sync();
        try {
            assertThat(Await.happens(20_000, () -> channel.isLinkUp() || !testpmd.isAlive()) && channel.isLinkUp())
                .as("%s: %s", format.name, testpmd.output()).isTrue();
            int back = 0;
            for (int sent = 0; sent < FRAMES; sent += AT_ONCE) {
                for (int i = sent; i < sent + AT_ONCE; i++) {
                    channel.write(Unpooled.wrappedBuffer(frame(i)));
                }
                channel.writeAndFlush(Unpooled.EMPTY_BUFFER).sync();
                for (; back < sent + AT_ONCE; back++) {
                    byte[] frame = received.frames.poll(10, TimeUnit.SECONDS);
                    assertThat(frame).as("%s: frame %d", format.name, back).isEqualTo(frame(back));
                }
            }
            assertThat(channel.stats().rxDrops()).as(format.name).isZero();
        } finally {
            channel.close().sync();
        }
    }

    private static byte[] frame(int number) {
        byte[] frame = new byte[60 + number * 131 % (LONGEST - 59)];
        for (int i = 0; i < frame.length; i++) {
            frame[i] = (byte) (number + i * 3);
        }
        // Nothing in the way of multicast.
        frame[0] = 2;
        return frame;
    }
}
