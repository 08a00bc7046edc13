/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.bridge.http;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.flow.FlowControlHandler;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import io.ringtap.examples.bridge.view.BridgeView;
import io.ringtap.examples.bridge.view.EventLog;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Collection;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Shows a bridge over HTTP. */
public final class HttpServer implements AutoCloseable {
    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(HttpServer.class);
    private static final int MAX_LINE = 4096;
    private static final int MAX_HEADERS = 8192;
    private static final int MAX_CHUNK = 8192;
    private static final WriteBufferWaterMark QUEUE = new WriteBufferWaterMark(32 << 10, 64 << 10);

    private final Channel server;
    private final ChannelGroup open = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);
    private final Future<?> clock;
    private final Connections connections;

    /**
     * Begins to listen.
     *
     * @param loop one event loop, of NIO, that serves no port of the bridge
     * @param address where to listen
     * @param hosts the names by which it may be asked, beside localhost and IP addresses
     * @param metrics makes the text for Prometheus
     * @param log gets a line for what an operator should know
     * @throws IOException if it cannot listen there
     */
    public HttpServer(EventLoopGroup loop, InetSocketAddress address, Collection<String> hosts, BridgeView view,
                      EventLog events, Supplier<String> metrics, Consumer<String> log)
        throws IOException, InterruptedException {
        Routes routes = new Routes(view, metrics);
        EventStreams streams = new EventStreams(events, routes);
        connections = new Connections(System::nanoTime, log);
        AllowedHosts allowed = new AllowedHosts(hosts);
        HttpDecoderConfig limits = new HttpDecoderConfig().setMaxInitialLineLength(MAX_LINE)
            .setMaxHeaderSize(MAX_HEADERS).setMaxChunkSize(MAX_CHUNK);
        var bound = new ServerBootstrap().group(loop).channel(NioServerSocketChannel.class)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, QUEUE)
            .childHandler(new ChannelInitializer<>() {
                @Override
                protected void initChannel(Channel connection) {
                    open.add(connection);
                    connection.pipeline().addLast(new HttpServerCodec(limits), new FlowControlHandler(),
                        new HttpConnection(connections, allowed, routes, streams));
                }
            }).bind(address).await();
        if (!bound.isSuccess()) {
            throw new IOException("cannot listen on " + address.getHostString() + ":" + address.getPort() + ": "
                + bound.cause().getMessage(), bound.cause());
        }
        server = bound.channel();
        clock = loop.next().scheduleAtFixedRate(() -> {
            try {
                connections.tick();
                streams.tick();
            } catch (RuntimeException | OutOfMemoryError e) {
                // An executor drops a task for good when it throws.
                LOGGER.warn("The clients of {} heard nothing this time", bound.channel(), e);
            }
        }, 1, 1, TimeUnit.SECONDS);
    }

    /** Where it listens. */
    public InetSocketAddress address() {
        return (InetSocketAddress) server.localAddress();
    }

    /** How many connections are open. Any thread. */
    public int connections() {
        return connections.size();
    }

    /** How many connections had to make room for others. Any thread. */
    public long closedAsFull() {
        return connections.closedAsFull();
    }

    /** How many connections were closed as no request came. Any thread. */
    public long closedAsSilent() {
        return connections.closedAsSilent();
    }

    /** How many connections were closed as nobody read the answer. Any thread. */
    public long closedAsStalled() {
        return connections.closedAsStalled();
    }

    /** Ends it, and its connections. */
    @Override
    public void close() {
        clock.cancel(false);
        server.close().awaitUninterruptibly();
        open.close().awaitUninterruptibly();
    }
}
