/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.bridge.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpResponseStatus;

import java.nio.charset.StandardCharsets;

/**
 * What is answered to a request.
 *
 * @param status the status
 * @param type the content type
 * @param content the content, an unpooled buffer that needs no release
 */
record Answer(HttpResponseStatus status, String type, ByteBuf content) {
    private static final String TEXT = "text/plain; charset=utf-8";

    static Answer of(String type, byte[] content) {
        return new Answer(HttpResponseStatus.OK, type, Unpooled.wrappedBuffer(content));
    }

    /** A sentence instead of what was asked for. */
    static Answer of(HttpResponseStatus status, String sentence) {
        return new Answer(status, TEXT, Unpooled.wrappedBuffer((sentence + '\n').getBytes(StandardCharsets.UTF_8)));
    }
}
