/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.bridge.control;

import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoEventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.handler.codec.LineBasedFrameDecoder;
import io.netty.handler.codec.string.StringDecoder;
import io.netty.handler.codec.string.StringEncoder;
import io.netty.handler.timeout.IdleStateHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.ringtap.bridge.Bridge;
import io.ringtap.channel.DescriptorSocket;
import io.ringtap.examples.bridge.view.BridgeView;
import io.ringtap.examples.user.UserNames;
import io.ringtap.loop.PollIoHandler;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Listens on a Unix socket, and changes a bridge for those who may write to it; on an event loop of its own. */
public final class ControlServer implements AutoCloseable {
    /** The longest request. */
    static final int MAX_LINE = 16 << 10;
    private static final int MAX_CONNECTIONS = 32;
    private static final int IDLE_SECONDS = 60;

    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("control", true),
        PollIoHandler.newFactory());
    private final IoEventLoop loop = (IoEventLoop) group.next();
    private final SocketFile file;
    private final ControlCommands commands;
    private final ChannelGroup open = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);
    private ControlListener listener;

    /**
     * Begins to listen.
     *
     * @param path of the socket, which owner and group may write to
     * @param ports the event loops of ports that come as descriptors
     * @param log gets a line for each change, with who made it
     * @throws IOException if it cannot listen there
     */
    public ControlServer(Path path, Bridge bridge, EventLoopGroup ports, BridgeView view, Consumer<String> log)
        throws IOException, InterruptedException {
        commands = new ControlCommands(bridge, new PassedTaps(bridge, ports), view, log);
        try {
            file = new SocketFile(path);
        } catch (IOException | RuntimeException e) {
            endLoop();
            throw e;
        }
        try {
            listen(path);
            file.publish();
        } catch (IOException | RuntimeException | InterruptedException e) {
            close();
            throw e;
        }
    }

    private void listen(Path path) throws IOException, InterruptedException {
        try {
            listener = new ControlListener(DescriptorSocket.listen(file.address().getPath()), loop, this::accept);
        } catch (IOException | LinkageError e) {
            throw new IOException("cannot listen on " + path + ": " + e.getMessage(), e);
        }
        Future<?> begun = listener.begin().await();
        if (!begun.isSuccess()) {
            throw new IOException("cannot listen on " + path + ": " + begun.cause().getMessage(), begun.cause());
        }
    }

    /** On the event loop. */
    private void accept(DescriptorSocket socket) {
        if (open.size() == MAX_CONNECTIONS) {
            socket.close();
            return;
        }
        Channel connection = new ControlChannel(socket);
        connection.pipeline().addLast(new IdleStateHandler(0, 0, IDLE_SECONDS),
            new LineBasedFrameDecoder(MAX_LINE, true, true), new StringDecoder(StandardCharsets.UTF_8),
            new StringEncoder(StandardCharsets.UTF_8), new ControlConnection(commands, peer(socket)));
        open.add(connection);
        group.register(connection).addListener(registered -> {
            if (!registered.isSuccess()) {
                connection.unsafe().closeForcibly();
            }
        });
    }

    /** Who has connected, as the kernel says. */
    private static String peer(DescriptorSocket socket) {
        try {
            DescriptorSocket.Peer peer = socket.peer();
            return "control by " + UserNames.user(peer.user()) + ":" + UserNames.group(peer.group());
        } catch (IOException unknown) {
            return "control by somebody";
        }
    }

    /** Ends it, and its connections. */
    @Override
    public void close() throws IOException {
        try {
            if (listener != null) {
                loop.submit(listener::close).awaitUninterruptibly();
            }
            open.close().awaitUninterruptibly();
        } finally {
            endLoop();
            file.close();
        }
    }

    private void endLoop() {
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(2, TimeUnit.SECONDS);
    }
}
