/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.capture;

import io.netty.channel.ChannelException;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.ringtap.channel.DeviceEvent;
import io.ringtap.channel.FrameChannel;
import io.ringtap.channel.FramePort;
import io.ringtap.tap.TapChannelOption;

import java.io.PrintStream;
import java.util.concurrent.TimeUnit;

/**
 * Says when a port is down, where no frame comes or goes, and how to set it up: when it is opened, and when it goes
 * down later. On the channel's event loop.
 */
final class LinkNews extends ChannelInboundHandlerAdapter {
    private static final long MOMENT_MILLIS = 100;

    private final FramePort port;
    private final PrintStream out;
    private boolean down;

    LinkNews(FramePort port, PrintStream out) {
        this.port = port;
        this.out = out;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        if (isDown(ctx)) {
            tellDown((FrameChannel) ctx.channel());
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof DeviceEvent.LinkDown) {
            // An interface that is deleted goes down before, and there is nothing to be set up then.
            ctx.executor().schedule(() -> {
                if (ctx.channel().isActive() && isDown(ctx)) {
                    tellDown((FrameChannel) ctx.channel());
                }
            }, MOMENT_MILLIS, TimeUnit.MILLISECONDS);
        } else if (event instanceof DeviceEvent.LinkUp && down) {
            down = false;
            out.println(ctx.channel().localAddress() + " is up");
        }
        ctx.fireUserEventTriggered(event);
    }

    /** What is no network interface has no such option, and is not down. */
    private static boolean isDown(ChannelHandlerContext ctx) {
        try {
            return Boolean.FALSE.equals(ctx.channel().config().getOption(TapChannelOption.UP));
        } catch (ChannelException e) {
            // It cannot be asked for: whatever that means will be told by another handler.
            return false;
        }
    }

    private void tellDown(FrameChannel channel) {
        if (down) {
            return;
        }
        down = true;
        String address = channel.localAddress().toString();
        Object namespace = port.options().get(TapChannelOption.NETWORK_NAMESPACE);
        boolean named = namespace != null && !namespace.toString().startsWith("/");
        out.println(address + " is down, and carries no frames until it is set up: 'ip "
            + (named ? "-n " + namespace + ' ' : "") + "link set dev " + address.substring(address.indexOf(':') + 1)
            + " up'");
    }
}
