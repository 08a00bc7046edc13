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
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import io.ringtap.channel.DescriptorSocket;

import java.util.ArrayDeque;
import java.util.Queue;

/** One connection: the answer to a request is sent before the next one begins. */
final class ControlConnection extends ChannelInboundHandlerAdapter {
    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(ControlConnection.class);
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final ObjectReader REQUESTS = MAPPER.readerFor(ControlRequest.class)
        .with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
    /** More requests that wait than anybody sends who reads the answers. */
    private static final int MAX_WAITING = 64;
    /** More than any request has, so that what is wrong with a few too many is told by the request's answer. */
    private static final int MAX_DESCRIPTORS = 4;

    private final ControlCommands commands;
    private final String peer;
    private final Queue<Waiting> waiting = new ArrayDeque<>();
    /** The descriptors that came in front of the end of the next line. */
    private DescriptorSocket.Received passed = new DescriptorSocket.Received();
    private boolean busy;
    /** Whether an answer waits for the client to read. */
    private boolean unsent;
    private boolean ended;

    /** A request, with the descriptors that came with it. */
    private record Waiting(String line, DescriptorSocket.Received passed) {
    }

    ControlConnection(ControlCommands commands, String peer) {
        this.commands = commands;
        this.peer = peer;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (message instanceof DescriptorSocket.Received along) {
            take(ctx, along);
        } else {
            take(ctx, (String) message);
        }
    }

    private void take(ChannelHandlerContext ctx, DescriptorSocket.Received along) {
        if (ended) {
            along.close();
            return;
        }
        passed.takeAll(along);
        if (passed.descriptors().size() > MAX_DESCRIPTORS) {
            end(ctx, "a request comes with one descriptor at most");
        }
    }

    private void take(ChannelHandlerContext ctx, String line) {
        if (ended || line.isBlank()) {
            return;
        }
        if (waiting.size() == MAX_WAITING) {
            end(ctx, "more than " + MAX_WAITING + " requests wait: read the answers");
            return;
        }
        waiting.add(new Waiting(line, passed));
        passed = new DescriptorSocket.Received();
        next(ctx);
    }

    private void next(ChannelHandlerContext ctx) {
        while (!busy && !unsent && !waiting.isEmpty()) {
            Waiting first = waiting.remove();
            ControlRequest request;
            try {
                request = REQUESTS.readValue(first.line);
            } catch (JsonProcessingException e) {
                first.passed.close();
                answer(ctx, ControlAnswer.refused("this line is no request in JSON: " + e.getOriginalMessage()));
                continue;
            }
            if (request == null) {
                first.passed.close();
                answer(ctx, ControlAnswer.refused("this line is no request in JSON: it holds null"));
                continue;
            }
            busy = true;
            commands.run(request, peer, first.passed).addListener(done -> ctx.executor().execute(() -> {
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
        forget();
        write(ctx, ControlAnswer.refused(why)).addListener(ChannelFutureListener.CLOSE);
    }

    /** Drops what waits, and closes the descriptors with it. */
    private void forget() {
        passed.close();
        waiting.forEach(each -> each.passed.close());
        waiting.clear();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        passed.close();
        ctx.fireChannelInactive();
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
        end(ctx, "the connection has failed: " + cause.getMessage());
    }
}
