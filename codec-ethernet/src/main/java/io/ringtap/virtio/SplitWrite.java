/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.virtio;

import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;

/**
 * The promise of a super-frame that is written in segments, perhaps in several turns of the event loop: it succeeds
 * once all of them are written, and fails with the first failure if one of them fails. On the event loop.
 */
final class SplitWrite implements ChannelFutureListener {
    private final ChannelPromise promise;
    /** One for each segment under way, and one until there are no more to come. */
    private int open = 1;
    private Throwable failure;

    SplitWrite(ChannelPromise promise) {
        this.promise = promise;
    }

    /** A promise for the next segment. */
    ChannelPromise next(ChannelHandlerContext ctx) {
        open++;
        return ctx.newPromise().addListener(this);
    }

    /** There are no more segments to come. */
    void end() {
        done(null);
    }

    /** The further segments cannot be made or written. */
    void end(Throwable cause) {
        done(cause);
    }

    @Override
    public void operationComplete(ChannelFuture segment) {
        done(segment.cause());
    }

    private void done(Throwable cause) {
        failure = failure == null ? cause : failure;
        if (--open > 0) {
            return;
        }
        if (failure == null) {
            promise.trySuccess();
        } else {
            promise.tryFailure(failure);
        }
    }
}
