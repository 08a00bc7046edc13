/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.ethernet;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.util.internal.ObjectUtil;
import io.netty.util.internal.logging.InternalLogLevel;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;

import java.net.SocketAddress;

/**
 * Logs one line per frame, in the manner of {@code tcpdump -e}, and one per event of the channel, as Netty's
 * LoggingHandler does:
 *
 * <pre>[id: 0x8f2d, L:tap0] READ: 02:00:00:00:00:01 &gt; 02:00:00:00:00:02, ethertype IPv4 (0x0800), length 98:
 * 10.0.0.1 &gt; 10.0.0.2: ICMP echo request, id 7, seq 1, length 64</pre>
 *
 * <p>Every event goes on untouched. Bytes that are no frame are described as far as they go. While the level is off a
 * frame costs one test. May be shared by any number of channels.
 */
@Sharable
public final class FrameLoggingHandler extends ChannelDuplexHandler {
    private final InternalLogger logger;
    private final InternalLogLevel level;
    private final int vnetHeaderLength;

    /** Logs frames without a vnet header at DEBUG, under this class's name. */
    public FrameLoggingHandler() {
        this(InternalLogLevel.DEBUG, 0);
    }

    /** Logs at a level, under this class's name. */
    public FrameLoggingHandler(InternalLogLevel level, int vnetHeaderLength) {
        this(FrameLoggingHandler.class.getName(), level, vnetHeaderLength);
    }

    /**
     * Logs at a level, under a name.
     *
     * @param vnetHeaderLength bytes in front of the Ethernet header of every frame, 0 for none
     */
    public FrameLoggingHandler(String name, InternalLogLevel level, int vnetHeaderLength) {
        this.logger = InternalLoggerFactory.getInstance(name);
        this.level = ObjectUtil.checkNotNull(level, "level");
        this.vnetHeaderLength = ObjectUtil.checkPositiveOrZero(vnetHeaderLength, "vnetHeaderLength");
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) throws Exception {
        logMessage(ctx, "READ", msg);
        ctx.fireChannelRead(msg);
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) throws Exception {
        logMessage(ctx, "WRITE", msg);
        ctx.write(msg, promise);
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) throws Exception {
        logEvent(ctx, "ACTIVE", null);
        ctx.fireChannelActive();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) throws Exception {
        logEvent(ctx, "INACTIVE", null);
        ctx.fireChannelInactive();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object evt) throws Exception {
        logEvent(ctx, "USER_EVENT", evt);
        ctx.fireUserEventTriggered(evt);
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) throws Exception {
        logEvent(ctx, ctx.channel().isWritable() ? "WRITABLE" : "UNWRITABLE", null);
        ctx.fireChannelWritabilityChanged();
    }

    @Override
    @SuppressWarnings("deprecation")
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) throws Exception {
        if (logger.isEnabled(level)) {
            logger.log(level, ctx.channel() + " EXCEPTION: " + cause, cause);
        }
        ctx.fireExceptionCaught(cause);
    }

    @Override
    public void bind(ChannelHandlerContext ctx, SocketAddress localAddress, ChannelPromise promise) throws Exception {
        logEvent(ctx, "BIND", localAddress);
        ctx.bind(localAddress, promise);
    }

    @Override
    public void close(ChannelHandlerContext ctx, ChannelPromise promise) throws Exception {
        logEvent(ctx, "CLOSE", null);
        ctx.close(promise);
    }

    private void logEvent(ChannelHandlerContext ctx, String event, Object argument) {
        if (logger.isEnabled(level)) {
            logger.log(level, ctx.channel() + " " + event + (argument == null ? "" : ": " + argument));
        }
    }

    private void logMessage(ChannelHandlerContext ctx, String direction, Object msg) {
        if (!logger.isEnabled(level)) {
            return;
        }
        if (msg instanceof FrameBatch batch) {
            for (int i = 0; i < batch.size(); i++) {
                logMessage(ctx, direction, batch.get(i));
            }
            return;
        }
        StringBuilder line = new StringBuilder(192).append(ctx.channel()).append(' ').append(direction).append(": ");
        if (!(msg instanceof ByteBuf frame)) {
            line.append(msg);
        } else if (frame.refCnt() == 0) {
            line.append("a frame that was released already");
        } else if (frame.readableBytes() < vnetHeaderLength) {
            line.append("[|vnet], length ").append(frame.readableBytes());
        } else {
            FrameSummary.append(line, frame, frame.readerIndex() + vnetHeaderLength);
        }
        logger.log(level, line.toString());
    }
}
