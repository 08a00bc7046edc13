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
import io.ringtap.netmap.Netmap;
import io.ringtap.netmap.NetmapAddress;
import io.ringtap.netmap.NetmapChannel;
import io.ringtap.netmap.NetmapChannelOption;
import io.ringtap.netmap.embedded.EmbeddedNetmap;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Frames pass two {@link NetmapChannel}s, the ends of an embedded pipe: they are written, synced, read and released.
 */
@OperationsPerInvocation(NetmapChannelBenchmark.FRAMES)
public class NetmapChannelBenchmark extends Microbenchmark {
    static final int FRAMES = 8192;

    @Param({"60", "1514"})
    private int size;
    @Param({"auto"})
    private String loop;
    private final EmbeddedNetmap netmap = Netmap.newEmbedded();
    private EventLoopGroup group;
    private ByteBuf frame;
    private FrameStream stream;

    @Setup
    public void open() {
        group = new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("loop", true),
            FrameLoop.named(loop).newFactory());
        frame = Frames.plain(size);
        stream = new FrameStream(frame);
        bind("netmap:bench}1", stream);
        stream.sender(bind("netmap:bench{1", new ChannelInboundHandlerAdapter()));
    }

    private Channel bind(String name, ChannelHandler handler) {
        return new Bootstrap().group(group).channel(NetmapChannel.class).option(NetmapChannelOption.DRIVER, netmap)
            .handler(handler).bind(NetmapAddress.parse(name)).syncUninterruptibly().channel();
    }

    @TearDown
    public void close() {
        group.shutdownGracefully().syncUninterruptibly();
        frame.release();
    }

    @Benchmark
    public void pipe() throws Exception {
        stream.send(FRAMES);
    }
}
