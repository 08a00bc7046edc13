/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.bridge.operation;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.ReferenceCountUtil;
import io.ringtap.bridge.Bridge;
import io.ringtap.bridge.BridgeBuilder;
import io.ringtap.channel.FramePorts;
import io.ringtap.loop.FrameLoop;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/** A bridge between pipes of the embedded netmap with a host at each, and what an operator is offered of it. */
final class LiveBridge implements AutoCloseable {
    private static final long FIRST_STATION = 0x02_00_00_00_00_00L;
    private static final int BATCH = 200;
    private static final long BROADCAST = 0xffff_ffff_ffffL;

    final List<String> log = new CopyOnWriteArrayList<>();
    final Bridge bridge;
    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, FrameLoop.preferred().newFactory());
    private final List<Channel> hosts = new ArrayList<>();
    private OperationOptions options;
    private Operation operation;

    /** A command that has only these options. */
    @Command
    private static final class Options {
        @Mixin
        private OperationOptions operation;
    }

    LiveBridge(int ports, String... arguments) throws Exception {
        this(ports, Bridge.builder(), arguments);
    }

    LiveBridge(int ports, BridgeBuilder builder, String... arguments) throws Exception {
        for (int i = 0; i < ports; i++) {
            builder.port(port(i));
        }
        bridge = builder.build();
        bridge.open(group).sync();
        for (int i = 0; i < ports; i++) {
            host(i);
        }
        begin(arguments);
    }

    /** Begins the operation, again after its {@link #end}. */
    void begin() throws IOException, InterruptedException {
        operation = options.begin(bridge, group, log::add);
    }

    /** Begins it with other options. */
    void begin(String... arguments) throws IOException, InterruptedException {
        Options parsed = new Options();
        new CommandLine(parsed).parseArgs(arguments);
        options = parsed.operation;
        begin();
    }

    void end() throws IOException {
        operation.close();
    }

    static String port(int number) {
        return "vale9:p{" + number + ",driver=embedded";
    }

    /** The host behind a port takes what it receives, and says nothing. */
    Channel host(int number) throws InterruptedException {
        Channel host = FramePorts.parse("vale9:p}" + number + ",driver=embedded").bootstrap(group)
            .handler(new ChannelInboundHandlerAdapter() {
                @Override
                public void channelRead(ChannelHandlerContext ctx, Object message) {
                    ReferenceCountUtil.release(message);
                }
            }).bind().sync().channel();
        hosts.add(host);
        return host;
    }

    /** A host sends a frame to all, from this station. */
    void send(int host, long station) {
        hosts.get(host).writeAndFlush(frame(station));
    }

    private static ByteBuf frame(long station) {
        ByteBuf frame = Unpooled.buffer(60);
        frame.writeMedium((int) (BROADCAST >> 24)).writeMedium((int) BROADCAST);
        frame.writeMedium((int) (station >> 24)).writeMedium((int) station).writeShort(0x88b5).writeZero(46);
        return frame;
    }

    /** Frames from as many stations as asked for, all behind one host. */
    void stations(int host, int count) throws Exception {
        for (int i = 0; i < count; i += BATCH) {
            for (int k = i; k < Math.min(count, i + BATCH) - 1; k++) {
                hosts.get(host).write(frame(FIRST_STATION + k));
            }
            hosts.get(host).writeAndFlush(frame(FIRST_STATION + Math.min(count, i + BATCH) - 1)).sync();
        }
    }

    /** Sends from two hosts now and then, until the bridge is closed. */
    void traffic() {
        group.next().scheduleAtFixedRate(() -> {
            for (int i = 0; i < 8; i++) {
                send(0, 0x02_00_00_00_0a_01L);
                send(1, 0x02_00_00_00_0b_02L);
            }
        }, 10, 10, TimeUnit.MILLISECONDS);
    }

    URI uri(String path) {
        return URI.create("http://127.0.0.1:" + operation.http().getPort() + path);
    }

    HttpResponse<String> get(String path, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri(path)).timeout(Duration.ofSeconds(20));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    @Override
    public void close() throws IOException {
        operation.close();
        hosts.forEach(host -> host.close().awaitUninterruptibly());
        bridge.close();
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(5, TimeUnit.SECONDS);
    }
}
