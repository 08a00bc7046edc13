/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.capture;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.ringtap.channel.FrameChannel;
import io.ringtap.channel.FramePort;
import io.ringtap.examples.PortErrors;

import java.io.IOException;
import java.io.PrintStream;
import java.net.SocketAddress;

/**
 * A port that is open, or was.
 *
 * @param channel its pipeline reports errors
 * @param name its address, which the channel forgets when it is closed
 */
record OpenPort(FrameChannel channel, String name, PortErrors errors) {
    /**
     * Opens a port that does not read yet, and whose pipeline has nothing but {@link LinkNews} and {@link PortErrors}.
     *
     * @param news where to say that it is down
     * @throws IOException if it cannot be opened, naming it and the cause
     */
    static OpenPort open(EventLoopGroup group, FramePort port, PrintStream news)
        throws IOException, InterruptedException {
        PortErrors errors = new PortErrors(port.toString());
        ChannelFuture bound = port.bootstrap(group).option(ChannelOption.AUTO_READ, false)
            .handler(new ChannelInitializer<>() {
                @Override
                protected void initChannel(Channel channel) {
                    // What reads it comes in front when its name is known.
                    channel.pipeline().addLast(errors);
                }
            }).bind().await();
        if (!bound.isSuccess()) {
            Throwable cause = bound.cause();
            throw new IOException("port " + port + " cannot be opened: "
                + (cause.getMessage() == null ? cause : cause.getMessage()), cause);
        }
        FrameChannel channel = (FrameChannel) bound.channel();
        channel.pipeline().addFirst(new LinkNews(port, news));
        SocketAddress address = channel.localAddress();
        return new OpenPort(channel, address == null ? port.toString() : address.toString(), errors);
    }
}
