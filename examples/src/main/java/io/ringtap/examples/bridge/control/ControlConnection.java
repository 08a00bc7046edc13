/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.bridge.control;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;

import java.util.ArrayDeque;
import java.util.Queue;

/** One connection: the answer to a request is sent before the next one begins. */
final class ControlConnection extends SimpleChannelInboundHandler<String> {
    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(ControlConnection.class);
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final ObjectReader REQUESTS = MAPPER.readerFor(ControlRequest.class)
        .with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
    /** More requests that wait than anybody sends who reads the answers. */
    private static final int MAX_WAITING = 64;

    private final ControlCommands commands;
    private final String peer;
    private final Queue<String> waiting = new ArrayDeque<>();
    private boolean busy;
    /** Whether an answer waits for the client to read. */
    private boolean unsent;
    private boolean ended;

    ControlConnection(ControlCommands commands, String peer) {
        this.commands = commands;
        this.peer = peer;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, String line) {
        if (ended || line.isBlank()) {
            return;
        }
        if (waiting.size() == MAX_WAITING) {
            end(ctx, "more than " + MAX_WAITING + " requests wait: read the answers");
            return;
        }
        waiting.add(line);
        next(ctx);
    }

    private void next(ChannelHandlerContext ctx) {
        while (!busy && !unsent && !waiting.isEmpty()) {
            ControlRequest request;
            try {
                request = REQUESTS.readValue(waiting.remove());
            } catch (JsonProcessingException e) {
                answer(ctx, ControlAnswer.refused("this line is no request in JSON: " + e.getOriginalMessage()));
                continue;
            }
            if (request == null) {
                answer(ctx, ControlAnswer.refused("this line is no request in JSON: it holds null"));
                continue;
            }
            busy = true;
            commands.run(request, peer).addListener(done -> ctx.executor().execute(() -> {
                busy = false;
                answer(ctx, (ControlAnswer) done.getNow());
                next(ctx);
            }));
        }
        // What is not read waits in the socket, and then in the client.
        ctx.channel().config().setAutoRead(!busy && !unsent || waiting.isEmpty());
    }

    private void answer(ChannelHandlerContext ctx, ControlAnswer answer) {
        ChannelFuture sent = write(ctx, answer);
        if (!sent.isDone()) {
            unsent = true;
            sent.addListener(done -> {
                unsent = false;
                next(ctx);
            });
        }
    }

    private static ChannelFuture write(ChannelHandlerContext ctx, ControlAnswer answer) {
        try {
            return ctx.writeAndFlush(MAPPER.writeValueAsString(answer) + '\n');
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private void end(ChannelHandlerContext ctx, String why) {
        ended = true;
        waiting.clear();
        write(ctx, ControlAnswer.refused(why)).addListener(ChannelFutureListener.CLOSE);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof IdleStateEvent && !busy) {
            ctx.close();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (cause instanceof TooLongFrameException) {
            end(ctx, "a request is a line of " + ControlServer.MAX_LINE + " bytes at most");
            return;
        }
        LOGGER.debug("{}", ctx.channel(), cause);
        ctx.close();
    }
}
