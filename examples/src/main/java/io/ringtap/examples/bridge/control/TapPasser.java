/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.bridge.control;

import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.ringtap.bridge.PortOptions;
import io.ringtap.channel.DescriptorSocket;
import io.ringtap.channel.FramePort;
import io.ringtap.channel.FramePorts;
import io.ringtap.loop.PollIoHandler;
import io.ringtap.tap.TapAddress;
import io.ringtap.tap.TapChannel;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** Opens a tap with the privileges of this process, and hands it to a bridge that lacks them. */
final class TapPasser {
    /** Longer than a bridge takes to give up on a port. */
    private static final int ANSWER_SECONDS = 60;
    private static final int LONGEST_ANSWER = 64 << 10;

    private final Path socket;

    /** To the bridge that has this control socket. */
    TapPasser(Path socket) {
        this.socket = socket;
    }

    /**
     * Opens a tap with all its keys, passes its descriptor, and closes it here. A tap that is not persistent lives as
     * long as the bridge has it.
     *
     * @return the answer of the bridge
     * @throws IOException if it cannot be opened, or the bridge cannot be asked
     */
    ControlAnswer add(String text) throws IOException {
        FramePort port = FramePorts.load().parse(text, PortOptions.KEYS);
        if (!(port.address() instanceof TapAddress)) {
            throw new IOException(text + " is no tap, and taps alone are passed by --fd");
        }
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("tap", true),
            PollIoHandler.newFactory());
        try {
            ChannelFuture bound = port.bootstrap(group).option(ChannelOption.AUTO_READ, false)
                .handler(new ChannelInboundHandlerAdapter()).bind().awaitUninterruptibly();
            if (!bound.isSuccess()) {
                throw new IOException("port " + text + " cannot be opened: " + bound.cause().getMessage(),
                    bound.cause());
            }
            TapChannel tap = (TapChannel) bound.channel();
            try {
                return pass(tap, port);
            } finally {
                tap.close().awaitUninterruptibly();
            }
        } finally {
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(2, TimeUnit.SECONDS);
        }
    }

    private ControlAnswer pass(TapChannel tap, FramePort port) throws IOException {
        // By the name that the kernel has given it, and with the keys that are the bridge's to heed.
        StringBuilder name = new StringBuilder(tap.localAddress().toString());
        port.others().forEach((key, value) -> name.append(',').append(key).append('=').append(value));
        try (DescriptorSocket bridge = connect()) {
            ByteBuffer request = StandardCharsets.UTF_8.encode(ControlClient.line(
                new ControlRequest("port-add", name.toString(),
                    tap.config().getNetworkNamespace() == null ? ControlRequest.namespaceHere() : null)));
            bridge.send(request, tap.descriptor());
            if (request.hasRemaining()) {
                throw new IOException("the bridge has taken a part of the request only");
            }
            return ControlClient.answer(line(bridge));
        }
    }

    private DescriptorSocket connect() throws IOException {
        try {
            return DescriptorSocket.connect(socket);
        } catch (IOException e) {
            throw ControlClient.unreachable(socket, e);
        }
    }

    /** The next line; {@code null} if the connection ends before. */
    private static String line(DescriptorSocket from) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(LONGEST_ANSWER);
        DescriptorSocket.Received none = new DescriptorSocket.Received();
        try {
            while (bytes.position() == 0 || bytes.get(bytes.position() - 1) != '\n') {
                if (!bytes.hasRemaining() || !from.await(ANSWER_SECONDS)) {
                    throw new IOException("the bridge gives no answer within " + ANSWER_SECONDS + " seconds");
                }
                if (from.receive(bytes, none) < 0) {
                    return null;
                }
            }
        } finally {
            none.close();
        }
        return StandardCharsets.UTF_8.decode(bytes.flip()).toString();
    }
}
