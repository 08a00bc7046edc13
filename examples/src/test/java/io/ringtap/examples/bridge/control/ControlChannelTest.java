/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.bridge.control;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.ringtap.channel.DescriptorSocket;
import io.ringtap.internal.unix.SystemCalls;
import io.ringtap.loop.PollIoHandler;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

@EnabledOnOs(OS.LINUX)
class ControlChannelTest {
    @TempDir
    private Path folder;

    /** Lines as they are, a digit for how many descriptors came. */
    private static final class Collector extends ChannelInboundHandlerAdapter {
        private final BlockingQueue<String> seen = new LinkedBlockingQueue<>();

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            if (message instanceof DescriptorSocket.Received along) {
                seen.add("" + along.descriptors().size());
                along.close();
            } else {
                ByteBuf bytes = (ByteBuf) message;
                seen.add(bytes.toString(UTF_8));
                bytes.release();
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            seen.add("end");
        }

        List<String> next(int count) throws InterruptedException {
            List<String> next = new ArrayList<>();
            while (next.size() < count) {
                next.add(seen.poll(20, TimeUnit.SECONDS));
            }
            return next;
        }
    }

    @Test
    @SuppressWarnings("try") // One end is closed before the other.
    void descriptorsStandBeforeTheLineTheyWereSentWithAlsoIfItIsReadWithOthers() throws Exception {
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, PollIoHandler.newFactory());
        int file = SystemCalls.check("memfd", SystemCalls.memoryFile("rt-control"));
        try (DescriptorSocket listening = DescriptorSocket.listen(folder.resolve("socket"));
            DescriptorSocket client = DescriptorSocket.connect(folder.resolve("socket"))) {
            client.send(UTF_8.encode("one\ntwo\n"));
            client.send(UTF_8.encode("three\n"), file);
            client.send(UTF_8.encode("four\nfive"));
            client.send(UTF_8.encode("six"), file, file);
            Collector collector = new Collector();
            ControlChannel channel = new ControlChannel(listening.accept());
            channel.pipeline().addLast(collector);
            group.register(channel).sync();
            assertThat(collector.next(6)).containsExactly("one\ntwo\n", "1", "three\n", "four\n", "2", "fivesix");
            channel.writeAndFlush(channel.alloc().buffer().writeZero(3)).sync();
            assertThat(client.await(20)).isTrue();
            assertThat(client.receive(ByteBuffer.allocate(8), new DescriptorSocket.Received())).isEqualTo(3);
            client.close();
            assertThat(collector.next(1)).containsExactly("end");
            assertThat(channel.isOpen()).isFalse();
        } finally {
            SystemCalls.close(file);
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        }
    }
}
