/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.bridge.http;

import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;

/**
 * One connection: takes GET and HEAD and nothing else, as this server changes nothing. The next request is looked at
 * when the client has read the answer before, also where many have arrived together: a {@code FlowControlHandler} is in
 * front.
 */
final class HttpConnection extends SimpleChannelInboundHandler<HttpObject> {
    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(HttpConnection.class);

    private final Connections connections;
    private final AllowedHosts hosts;
    private final Routes routes;
    private final EventStreams streams;
    private boolean streaming;
    /** Whether the last answer is on its way: what the client has sent beyond that is not looked at. */
    private boolean ended;

    HttpConnection(Connections connections, AllowedHosts hosts, Routes routes, EventStreams streams) {
        this.connections = connections;
        this.hosts = hosts;
        this.routes = routes;
        this.streams = streams;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        connections.add(ctx.channel());
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, HttpObject message) {
        if (ended || !(message instanceof HttpRequest request)) {
            return;
        }
        if (streaming) {
            // Whoever listens to events has nothing more to ask on this connection.
            ended = true;
            ctx.close();
            return;
        }
        Throwable wrong = request.decoderResult().cause();
        if (wrong != null) {
            send(ctx, request, Answer.of(wrong instanceof TooLongHttpLineException
                ? HttpResponseStatus.REQUEST_URI_TOO_LONG : wrong instanceof TooLongHttpHeaderException
                ? HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE : HttpResponseStatus.BAD_REQUEST,
                "this is no request that can be read here"), true);
            return;
        }
        String refusal = hosts.refusal(request.headers());
        if (refusal != null) {
            send(ctx, request, Answer.of(HttpResponseStatus.FORBIDDEN, refusal), true);
        } else if (!request.method().equals(HttpMethod.GET) && !request.method().equals(HttpMethod.HEAD)) {
            send(ctx, request, Answer.of(HttpResponseStatus.METHOD_NOT_ALLOWED, "nothing is changed over HTTP: use"
                + " bridgectl and the socket of --control"), true);
        } else if (HttpUtil.isTransferEncodingChunked(request) || HttpUtil.getContentLength(request, 0L) != 0) {
            send(ctx, request, Answer.of(HttpResponseStatus.BAD_REQUEST, "a request has no content here"), true);
        } else if (request.uri().equals(Routes.EVENTS) && request.method().equals(HttpMethod.GET)) {
            stream(ctx, request);
        } else {
            send(ctx, request, routes.answer(request.uri()), !HttpUtil.isKeepAlive(request));
        }
    }

    private void send(ChannelHandlerContext ctx, HttpRequest request, Answer answer, boolean last) {
        boolean head = request.method().equals(HttpMethod.HEAD);
        HttpResponse response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, answer.status(),
            head ? ctx.alloc().buffer(0) : answer.content().retainedDuplicate());
        HttpHeaders headers = response.headers();
        headers.set(HttpHeaderNames.CONTENT_TYPE, answer.type());
        headers.set(HttpHeaderNames.CONTENT_LENGTH, answer.content().readableBytes());
        if (answer.status().equals(HttpResponseStatus.METHOD_NOT_ALLOWED)) {
            headers.set(HttpHeaderNames.ALLOW, "GET, HEAD");
        }
        secure(headers);
        if (last) {
            headers.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        } else if (!request.protocolVersion().isKeepAliveDefault()) {
            headers.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.KEEP_ALIVE);
        }
        ended = last;
        connections.answering(ctx.channel());
        ChannelFuture sent = ctx.writeAndFlush(response);
        if (last) {
            sent.addListener(ChannelFutureListener.CLOSE);
            return;
        }
        if (!sent.isDone()) {
            ctx.channel().config().setAutoRead(false);
        }
        sent.addListener(done -> {
            connections.idle(ctx.channel());
            ctx.channel().config().setAutoRead(true);
        });
    }

    private void stream(ChannelHandlerContext ctx, HttpRequest request) {
        if (streams.isFull()) {
            send(ctx, request, Answer.of(HttpResponseStatus.SERVICE_UNAVAILABLE, EventStreams.MAX_STREAMS
                + " clients listen already"), true);
            return;
        }
        streaming = true;
        connections.listening(ctx.channel());
        HttpResponse response = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
        response.headers().set(HttpHeaderNames.CONTENT_TYPE, "text/event-stream");
        secure(response.headers());
        if (request.protocolVersion().isKeepAliveDefault()) {
            HttpUtil.setTransferEncodingChunked(response, true);
        } else {
            response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        }
        ctx.write(response);
        streams.add(ctx.channel(), lastId(request));
    }

    /** What a browser that connects anew has heard of last. */
    private static long lastId(HttpRequest request) {
        String id = request.headers().get("Last-Event-ID", "0");
        return id.matches("[0-9]{1,18}") ? Long.parseLong(id) : 0;
    }

    /** The page loads nothing from elsewhere, runs no script but its own, and stands in no frame. */
    private static void secure(HttpHeaders headers) {
        headers.set(HttpHeaderNames.CACHE_CONTROL, "no-cache");
        headers.set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src"
            + " 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
        headers.set("X-Content-Type-Options", "nosniff");
        headers.set("Referrer-Policy", "no-referrer");
        headers.set("Cross-Origin-Resource-Policy", "same-origin");
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        connections.progress(ctx.channel());
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        LOGGER.debug("{}", ctx.channel(), cause);
        ctx.close();
    }
}
