/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel.spi;

import io.netty.channel.DefaultMessageSizeEstimator;
import io.netty.channel.MessageSizeEstimator;
import io.ringtap.ethernet.FrameBatch;

/** Netty's estimate of a message's size, which the watermarks go by; a batch counts as all its frames. */
final class FrameSizeEstimator implements MessageSizeEstimator {
    static final FrameSizeEstimator INSTANCE = new FrameSizeEstimator();

    private final Handle others = DefaultMessageSizeEstimator.DEFAULT.newHandle();

    private FrameSizeEstimator() {
    }

    @Override
    public Handle newHandle() {
        return this::size;
    }

    private int size(Object message) {
        return message instanceof FrameBatch batch ? (int) Math.min(Integer.MAX_VALUE, batch.readableBytes())
            : others.size(message);
    }
}
