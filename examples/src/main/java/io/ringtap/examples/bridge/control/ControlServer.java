/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.bridge.control;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.socket.nio.NioChannelOption;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.handler.codec.LineBasedFrameDecoder;
import io.netty.handler.codec.string.StringDecoder;
import io.netty.handler.codec.string.StringEncoder;
import io.netty.handler.timeout.IdleStateHandler;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.ringtap.bridge.Bridge;
import io.ringtap.examples.bridge.view.BridgeView;
import jdk.net.ExtendedSocketOptions;
import jdk.net.UnixDomainPrincipal;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.function.Consumer;

/** Listens on a Unix socket, and changes a bridge for those who may write to it. */
public final class ControlServer implements AutoCloseable {
    /** The longest request. */
    static final int MAX_LINE = 16 << 10;
    private static final int MAX_CONNECTIONS = 32;
    private static final int IDLE_SECONDS = 60;

    private final SocketFile file;
    private final Channel server;
    private final ChannelGroup open = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);

    /**
     * Begins to listen.
     *
     * @param loop one event loop, of NIO, that serves no port of the bridge
     * @param path of the socket, which owner and group may write to
     * @param log gets a line for each change, with who made it
     * @throws IOException if it cannot listen there
     */
    public ControlServer(EventLoopGroup loop, Path path, Bridge bridge, BridgeView view, Consumer<String> log)
        throws IOException, InterruptedException {
        ControlCommands commands = new ControlCommands(bridge, view, log);
        file = new SocketFile(path);
        var bound = new ServerBootstrap().group(loop).channel(NioServerDomainSocketChannel.class)
            .childHandler(new ChannelInitializer<>() {
                @Override
                protected void initChannel(Channel connection) {
                    accept(connection, commands);
                }
            }).bind(file.address()).await();
        server = bound.channel();
        try {
            if (!bound.isSuccess()) {
                throw new IOException("cannot listen on " + path + ": " + bound.cause().getMessage(), bound.cause());
            }
            file.publish();
        } catch (IOException e) {
            close();
            throw e;
        }
    }

    private void accept(Channel connection, ControlCommands commands) {
        if (open.size() == MAX_CONNECTIONS) {
            connection.close();
            return;
        }
        open.add(connection);
        connection.pipeline().addLast(new IdleStateHandler(0, 0, IDLE_SECONDS),
            new LineBasedFrameDecoder(MAX_LINE, true, true), new StringDecoder(StandardCharsets.UTF_8),
            new StringEncoder(StandardCharsets.UTF_8),
            new ControlConnection(commands, peer(connection)));
    }

    /** Who has connected, as the kernel says. */
    private static String peer(Channel connection) {
        try {
            UnixDomainPrincipal peer =
                connection.config().getOption(NioChannelOption.of(ExtendedSocketOptions.SO_PEERCRED));
            if (peer != null) {
                return "control by " + peer.user().getName() + ":" + peer.group().getName();
            }
        } catch (RuntimeException | LinkageError unknown) {
            // A system, or a run-time image, without it.
        }
        return "control by somebody";
    }

    /** Ends it, and its connections. */
    @Override
    public void close() throws IOException {
        server.close().awaitUninterruptibly();
        open.close().awaitUninterruptibly();
        file.close();
    }
}
