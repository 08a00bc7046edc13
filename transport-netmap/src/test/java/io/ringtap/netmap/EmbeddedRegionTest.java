/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.ringtap.netmap.embedded.EmbeddedNetmap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;

import static io.ringtap.netmap.Sink.frame;
import static org.assertj.core.api.Assertions.assertThat;

/** A memory region of the embedded netmap is as large as its ports and pipes need it. */
class EmbeddedRegionTest {
    private final EmbeddedNetmap netmap = Netmap.newEmbedded();
    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final List<NetmapChannel> channels = new ArrayList<>();

    @AfterEach
    void close() throws InterruptedException {
        for (NetmapChannel channel : channels) {
            channel.close().sync();
        }
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        assertThat(Netmap.pinnedPorts()).isEmpty();
    }

    private NetmapChannel open(Sink sink, String name) {
        ChannelFuture bound = Sink.bootstrap(group, sink).option(NetmapChannelOption.DRIVER, netmap)
            .bind(NetmapAddress.parse(name)).awaitUninterruptibly();
        channels.add((NetmapChannel) bound.channel());
        assertThat(bound.cause()).as(name).isNull();
        return channels.get(channels.size() - 1);
    }

    private int memoryId(String name) throws NetmapException {
        return new NetmapControl(netmap).portInfo(NetmapAddress.parse(name)).memoryId();
    }

    /** A port of the bridge, and the station at its switch. */
    private final class Leg {
        final Sink arrived = new Sink();
        final Sink atStation = new Sink();
        final NetmapChannel port;
        final NetmapChannel station;

        Leg(int number, String region) {
            port = open(arrived, "vale" + number + ":bridge" + region);
            station = open(atStation, "vale" + number + ":station");
        }

        void pass(Leg to, ByteBuf frame) throws InterruptedException {
            ByteBuf sent = frame.copy();
            station.writeAndFlush(frame).sync();
            to.port.writeAndFlush(arrived.take()).sync();
            to.atStation.assertReceives(sent);
            sent.release();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"@share=vale0:bridge", "@%d"})
    void aBridgeOfSixPortsPassesEveryFrameOnWithoutACopy(String option) throws Exception {
        List<Leg> legs = new ArrayList<>();
        legs.add(new Leg(0, ""));
        int id = memoryId("vale0:bridge");
        for (int i = 1; i < 6; i++) {
            legs.add(new Leg(i, String.format(option, id)));
            assertThat(memoryId("vale" + i + ":bridge")).isEqualTo(id);
        }
        int frames = 0;
        // More frames than a ring has slots, so that buffers of each port get into the rings of all others.
        for (int round = 0; round < 400; round++) {
            for (int from = 0; from < 6; from++) {
                legs.get(from).pass(legs.get((from + 1 + round % 5) % 6), frame(60 + frames++ % 1900));
            }
        }
        assertThat(legs.stream().mapToLong(leg -> leg.port.swappedFrames()).sum()).isEqualTo(frames);
        assertThat(legs.stream().mapToLong(leg -> leg.port.copiedFrames()).sum()).isZero();
        // When a port is closed, its buffers stay with the others.
        legs.get(0).port.close().sync();
        legs.get(3).port.close().sync();
        for (int i = 0; i < 2000; i++) {
            legs.get(1).pass(legs.get(4), frame(60 + i % 1900));
        }
        legs.set(0, new Leg(6, "@" + id));
        for (int i = 0; i < 2000; i++) {
            legs.get(0).pass(legs.get(5), frame(60 + i % 1900));
        }
        assertThat(legs.get(5).port.swappedFrames()).isGreaterThanOrEqualTo(2000 + frames / 6);
    }

    @Test
    void aPortWithDefaultsHasAsManyPipesAsAreOpened() throws Exception {
        open(new Sink(), "vale0:a");
        Random random = new Random(7);
        List<Sink> sinks = new ArrayList<>();
        List<NetmapChannel> masters = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            masters.add(open(new Sink(), "vale0:a{" + i));
            sinks.add(new Sink());
            open(sinks.get(i), "vale0:a}" + i);
            assertThat(memoryId("vale0:a}" + i)).isEqualTo(memoryId("vale0:a"));
        }
        for (int i = 0; i < 3000; i++) {
            int pipe = random.nextInt(8);
            masters.get(pipe).writeAndFlush(frame(60 + i % 1900)).sync();
            ByteBuf there = sinks.get(pipe).take();
            assertThat(there).isEqualTo(frame(60 + i % 1900));
            // And through another port by index.
            masters.get((pipe + 1) % 8).writeAndFlush(there).sync();
            sinks.get((pipe + 1) % 8).assertReceives(frame(60 + i % 1900));
        }
        assertThat(masters.stream().mapToLong(NetmapChannel::swappedFrames).sum()).isEqualTo(3000);
    }

    @Test
    void aPipeMayBeLargerThanItsPort() throws Exception {
        open(new Sink(), "vale0:a@conf:slots=16");
        Sink sink = new Sink();
        NetmapChannel master = open(new Sink(), "vale0:a{1@conf:slots=4096,rings=4");
        open(sink, "vale0:a}1");
        for (int i = 0; i < 100; i++) {
            master.writeAndFlush(frame(60 + i)).sync();
            sink.assertReceives(frame(60 + i));
        }
    }
}
