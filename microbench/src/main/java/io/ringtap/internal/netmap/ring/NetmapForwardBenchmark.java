/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.ring;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.ringtap.channel.FrameChannelOption;
import io.ringtap.internal.netmap.layout.NetmapLayout;
import io.ringtap.internal.netmap.port.NetmapPort;
import io.ringtap.loop.FrameLoop;
import io.ringtap.microbench.Microbenchmark;
import io.ringtap.netmap.Netmap;
import io.ringtap.netmap.NetmapAddress;
import io.ringtap.netmap.NetmapChannel;
import io.ringtap.netmap.NetmapChannelOption;
import io.ringtap.netmap.NetmapException;
import io.ringtap.netmap.embedded.EmbeddedNetmap;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

import java.util.concurrent.CompletableFuture;

/**
 * One {@link NetmapChannel} reads frames and another writes them, on one event loop and without a copy, each as a
 * message or in batches. The far ends of the two pipes are rings without channels, so that the benchmark measures the
 * two channels and the syncs of the embedded netmap.
 */
@OperationsPerInvocation(NetmapForwardBenchmark.FRAMES)
public class NetmapForwardBenchmark extends Microbenchmark {
    static final int FRAMES = 16 * 1023;
    private static final int LENGTH = 60;

    @Param({"false", "true"})
    private boolean batches;
    private final EmbeddedNetmap netmap = Netmap.newEmbedded();
    private EventLoopGroup group;
    private NetmapPort source;
    private NetmapPort sink;
    private int unsent;
    private int missing;
    private CompletableFuture<Void> done;

    @Setup
    public void open() throws NetmapException {
        group = new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("loop", true),
            FrameLoop.preferred().newFactory());
        Channel out = bind("vale0:p}2", new ChannelInboundHandlerAdapter());
        bind("vale0:p}1", new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object message) {
                out.write(message, out.voidPromise());
            }

            @Override
            public void channelReadComplete(ChannelHandlerContext ctx) {
                out.flush();
            }
        });
        source = NetmapPort.open(netmap, NetmapAddress.parse("vale0:p{1"), 0, 0);
        sink = NetmapPort.open(netmap, NetmapAddress.parse("vale0:p{2"), 0, 0);
        sink.file().onReady(this::drain);
        source.file().onReady(() -> { });
    }

    private Channel bind(String name, ChannelHandler handler) {
        return new Bootstrap().group(group).channel(NetmapChannel.class).option(NetmapChannelOption.DRIVER, netmap)
            .option(FrameChannelOption.READ_BATCHES, batches).handler(handler).bind(NetmapAddress.parse(name))
            .syncUninterruptibly().channel();
    }

    @TearDown
    public void close() {
        group.shutdownGracefully().syncUninterruptibly();
        source.close();
        sink.close();
    }

    @Benchmark
    public void forward() throws Exception {
        done = new CompletableFuture<>();
        group.next().execute(() -> {
            unsent = FRAMES;
            missing = FRAMES;
            fill();
        });
        done.get();
    }

    /** Sends as many frames as there are free slots in the source. The content of their buffers does not matter. */
    private void fill() {
        NetmapTxRing ring = source.txRings().get(0);
        try {
            source.txSync();
            int n = Math.min(unsent, ring.available());
            unsent -= n;
            for (; n > 0; n--) {
                int slot = ring.head();
                ring.word(slot, NetmapLayout.Slot.word(NetmapLayout.Slot.bufferIndex(ring.word(slot)), LENGTH, 0));
                ring.advance(ring.next(slot));
            }
            source.txSync();
        } catch (NetmapException e) {
            done.completeExceptionally(e);
        }
    }

    private void drain() {
        NetmapRxRing ring = sink.rxRings().get(0);
        try {
            sink.rxSync();
            int n = ring.available();
            ring.advance(ring.tail());
            sink.rxSync();
            missing -= n;
            if (missing == 0) {
                done.complete(null);
            } else if (n > 0) {
                group.next().execute(this::fill);
            }
        } catch (NetmapException e) {
            done.completeExceptionally(e);
        }
    }
}
