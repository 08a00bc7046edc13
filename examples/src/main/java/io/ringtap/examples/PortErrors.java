/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

import java.io.IOException;

/** Keeps what goes wrong with a port: prints what it survives, and knows the cause of its end. Last in a pipeline. */
public final class PortErrors extends ChannelInboundHandlerAdapter {
    private final String port;
    private volatile Throwable last;
    /** One that comes with each frame is printed once. */
    private String printed = "";

    /**
     * Knows of no error yet.
     *
     * @param port its name, for messages
     */
    public PortErrors(String port) {
        this.port = port;
    }

    /** That the port is gone, and why if it has said so. Any thread. */
    public IOException gone() {
        Throwable cause = last;
        return new IOException("port " + port + " is gone"
            + (cause == null || cause.getMessage() == null ? "" : ": " + cause.getMessage()), cause);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        last = cause;
        // What ends the channel is told before it closes, and is the cause of the command's end.
        ctx.executor().execute(() -> {
            String line = port + ": " + (cause.getMessage() == null ? cause : cause.getMessage());
            if (ctx.channel().isOpen() && !line.equals(printed)) {
                System.err.println(line);
                printed = line;
            }
        });
    }
}
