/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.pktgen;

import io.netty.channel.ChannelHandlerContext;
import io.netty.util.ReferenceCountUtil;
import io.ringtap.ethernet.FrameBatch;

/** Counts what comes, by the counters of the channel. */
final class RxHandler extends PktgenHandler {
    private final long limit;
    private long received;

    RxHandler(long count) {
        limit = count == 0 ? Long.MAX_VALUE : count;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (received == 0) {
            touch();
        }
        received += ((FrameBatch) message).size();
        ReferenceCountUtil.release(message);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        touch();
        if (received >= limit) {
            finish();
        }
    }
}
