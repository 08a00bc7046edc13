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

import java.io.IOException;

/** Opens ports. */
final class OpenPort {
    private OpenPort() {
    }

    /**
     * Opens a port that does not read yet, and whose pipeline is empty.
     *
     * @throws IOException if it cannot be opened, naming it and the cause
     */
    static FrameChannel open(EventLoopGroup group, FramePort port) throws IOException, InterruptedException {
        ChannelFuture bound = port.bootstrap(group).option(ChannelOption.AUTO_READ, false)
            .handler(new ChannelInitializer<>() {
                @Override
                protected void initChannel(Channel channel) {
                    // What reads it comes when its name is known.
                }
            }).bind().await();
        if (!bound.isSuccess()) {
            Throwable cause = bound.cause();
            throw new IOException("port " + port + " cannot be opened: "
                + (cause.getMessage() == null ? cause : cause.getMessage()), cause);
        }
        return (FrameChannel) bound.channel();
    }
}
