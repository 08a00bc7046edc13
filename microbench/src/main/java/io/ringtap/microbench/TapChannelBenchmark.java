/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.microbench;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.ringtap.loop.FrameLoop;
import io.ringtap.tap.TapAddress;
import io.ringtap.tap.TapChannel;
import io.ringtap.tap.TapChannelOption;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

import java.io.IOException;

/**
 * Frames leave through one {@link TapChannel}, pass a bridge of the kernel, and arrive at another. Needs root and
 * iproute2. Everything is in a network namespace of its own.
 */
@OperationsPerInvocation(TapChannelBenchmark.FRAMES)
public class TapChannelBenchmark extends Microbenchmark {
    static final int FRAMES = 8192;

    @Param({"60", "1514"})
    private int size;
    @Param({"epoll", "io_uring"})
    private String loop;
    private final String namespace = "rtmb" + ProcessHandle.current().pid();
    private EventLoopGroup group;
    private ByteBuf frame;
    private FrameStream stream;

    @Setup
    public void open() throws IOException, InterruptedException {
        ip("netns add " + namespace);
        ip("-n " + namespace + " link add br0 up type bridge");
        group = new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("loop", true),
            FrameLoop.named(loop).newFactory());
        frame = Frames.plain(size);
        stream = new FrameStream(frame);
        bind("tapB", stream);
        stream.sender(bind("tapA", new ChannelInboundHandlerAdapter()));
    }

    private Channel bind(String name, ChannelHandler handler) throws IOException, InterruptedException {
        Channel tap = new Bootstrap().group(group).channel(TapChannel.class)
            .option(TapChannelOption.NETWORK_NAMESPACE, namespace).option(TapChannelOption.UP, true)
            .handler(handler).bind(new TapAddress(name)).syncUninterruptibly().channel();
        ip("-n " + namespace + " link set dev " + name + " master br0");
        return tap;
    }

    @TearDown
    public void close() throws IOException, InterruptedException {
        group.shutdownGracefully().syncUninterruptibly();
        frame.release();
        ip("netns del " + namespace);
    }

    private static void ip(String arguments) throws IOException, InterruptedException {
        int status = new ProcessBuilder(("ip " + arguments).split(" ")).inheritIO().start().waitFor();
        if (status != 0) {
            throw new IOException("ip " + arguments + " ended with " + status
                + ": this benchmark wants root, and iproute2");
        }
    }

    @Benchmark
    public void throughKernelBridge() throws Exception {
        stream.send(FRAMES);
    }
}
