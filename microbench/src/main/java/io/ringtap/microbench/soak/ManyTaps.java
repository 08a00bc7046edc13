/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.microbench.soak;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.ringtap.channel.FrameChannelOption;
import io.ringtap.examples.DemoHost;
import io.ringtap.loop.FrameLoop;
import io.ringtap.tap.TapAddress;
import io.ringtap.tap.TapChannel;
import io.ringtap.tap.TapChannelOption;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VnetHeaderLength;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * Many taps with vnet headers on one event loop. They are flooded one after the other, then all at once, then left
 * idle, and then flooded one after the other again. As in a bridge, handlers keep the frames of a read round until it
 * ends.
 */
final class ManyTaps {
    private static final long ALONE_NANOS = TimeUnit.MILLISECONDS.toNanos(250);
    private static final long TOGETHER_NANOS = TimeUnit.SECONDS.toNanos(8);
    /** A round has up to 64 frames. A channel that has lost its buffers for good reads 15 or fewer. */
    private static final int FEW = 15;

    /** Counts the frames of one tap on the event loop. The main thread reads the counters when no more frames come. */
    private static final class Rounds extends ChannelInboundHandlerAdapter {
        private final List<ByteBuf> held = new ArrayList<>();
        private long frames;
        private long rounds;
        private int largest;
        private long exceptions;
        private Throwable last;

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            held.add((ByteBuf) message);
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            if (!held.isEmpty()) {
                frames += held.size();
                rounds++;
                largest = Math.max(largest, held.size());
                held.forEach(ByteBuf::release);
                held.clear();
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            exceptions++;
            last = cause;
        }

        void reset() {
            frames = 0;
            rounds = 0;
            largest = 0;
        }
    }

    private final List<Rounds> taps = new ArrayList<>();
    private final List<InetSocketAddress> stations = new ArrayList<>();
    private final ByteBuffer data = ByteBuffer.allocateDirect(200);
    private Channel anyTap;
    private long peak;

    private ManyTaps() {
    }

    /**
     * Takes the name of an event loop and a number of taps. A third argument, of any content, says that there may be
     * too little memory for all of them at once. Exits with 1 if a tap was not served; with a third argument, if it was
     * not served after the flood.
     */
    public static void main(String[] arguments) throws Exception {
        int count = Integer.parseInt(arguments[1]);
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, FrameLoop.named(arguments[0]).newFactory());
        ManyTaps many = new ManyTaps();
        boolean good = false;
        try (DemoHost host = new DemoHost("taps")) {
            many.open(group, host, count);
            try (DatagramChannel socket = host.call(DatagramChannel::open)) {
                good = many.run(socket, arguments.length > 2);
            }
        } catch (Exception failed) {
            System.out.println("  " + failed);
        }
        // This does not wait for the end of the loop, which a loop that has died does not reach.
        Runtime.getRuntime().halt(good ? 0 : 1);
    }

    private void open(EventLoopGroup group, DemoHost host, int count) throws IOException, InterruptedException {
        for (int i = 0; i < count; i++) {
            Rounds rounds = new Rounds();
            anyTap = new Bootstrap().group(group).channel(TapChannel.class).handler(rounds)
                .option(TapChannelOption.NETWORK_NAMESPACE, host.namespace())
                .option(TapChannelOption.UP, true)
                .option(FrameChannelOption.VNET_HEADER, VnetHeaderLength.MERGEABLE)
                .option(FrameChannelOption.OFFLOADS, VirtioNetOffloads.ALL)
                .bind(new TapAddress("many" + i)).sync().channel();
            host.ip("address add 10.1." + i + ".1/24 dev many" + i);
            host.ip("neigh add 10.1." + i + ".2 lladdr 02:00:00:00:00:02 dev many" + i);
            taps.add(rounds);
            stations.add(new InetSocketAddress("10.1." + i + ".2", 9));
        }
    }

    private boolean run(DatagramChannel socket, boolean mayBeShort) throws Exception {
        for (InetSocketAddress station : stations) {
            flood(socket, List.of(station), ALONE_NANOS);
        }
        boolean alone = report("one after the other", 0);
        flood(socket, stations, TOGETHER_NANOS);
        boolean together = report("all at once", FEW);
        TimeUnit.MILLISECONDS.sleep(2500);
        System.out.printf("  at most %.1f MiB of direct memory, after 2.5 s of idleness %s%n", peak / 1048576.0,
            DirectMemory.now());
        for (InetSocketAddress station : stations) {
            if (mayBeShort) {
                // Waits until the taps before it have given back the memory that they do not need.
                TimeUnit.MILLISECONDS.sleep(1200);
            }
            flood(socket, List.of(station), ALONE_NANOS);
        }
        return report("once more", 0) && (mayBeShort || alone && together);
    }

    private void flood(DatagramChannel socket, List<InetSocketAddress> to, long nanos) throws IOException {
        long end = System.nanoTime() + nanos;
        for (int i = 0; System.nanoTime() - end < 0; i++) {
            for (InetSocketAddress station : to) {
                socket.send(data.clear(), station);
            }
            if (i % 256 == 0) {
                peak = Math.max(peak, DirectMemory.bytes());
            }
        }
    }

    /**
     * Shows the frames since the last report.
     *
     * @param few the largest round of a tap has to have more frames than this; a single tap may be read as fast as its
     *     frames come
     */
    private boolean report(String phase, int few) throws Exception {
        // Waits for frames that are on their way. Fails here if the loop is dead.
        TimeUnit.MILLISECONDS.sleep(300);
        boolean alive;
        try {
            alive = anyTap.eventLoop().submit(() -> { }).await(5, TimeUnit.SECONDS);
        } catch (RejectedExecutionException ended) {
            alive = false;
        }
        long frames = 0;
        long exceptions = 0;
        int unserved = 0;
        int worst = Integer.MAX_VALUE;
        double worstMean = Double.MAX_VALUE;
        Throwable last = null;
        for (Rounds tap : taps) {
            frames += tap.frames;
            exceptions += tap.exceptions;
            unserved += tap.frames == 0 ? 1 : 0;
            worst = Math.min(worst, tap.largest);
            worstMean = Math.min(worstMean, tap.rounds == 0 ? 0 : (double) tap.frames / tap.rounds);
            last = tap.last == null ? last : tap.last;
            tap.reset();
        }
        System.out.printf("  %s: %d frames; the worst tap's rounds have %.1f frames, the largest %d; %d of %d taps"
            + " unserved; %d exceptions%s; event loop %s%n", phase, frames, worstMean, worst, unserved, taps.size(),
            exceptions, last == null ? "" : " such as " + last, alive ? "alive" : "DEAD");
        return alive && unserved == 0 && worst > few;
    }
}
