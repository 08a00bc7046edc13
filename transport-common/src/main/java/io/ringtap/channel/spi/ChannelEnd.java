/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel.spi;

import java.nio.channels.ClosedChannelException;
import java.util.concurrent.RejectedExecutionException;

/**
 * Fires {@code channelInactive} exactly once to handlers that have received {@code channelActive}. Netty fires it only
 * while the channel is registered, and only if the event loop still takes tasks. On the event loop.
 */
final class ChannelEnd {
    private final AbstractFrameChannel channel;
    private boolean active;
    private boolean told;

    ChannelEnd(AbstractFrameChannel channel) {
        this.channel = channel;
    }

    /** Handlers hear of {@code channelActive}, now or by a task that is on its way. */
    void becameActive() {
        active = true;
    }

    /** The channel is closed, or about to be, and no event loop serves it. */
    void tellInactive() {
        if (active) {
            active = false;
            channel.pipeline().fireChannelInactive();
        }
    }

    /** The device is closed: fires the events that Netty does not fire. */
    void tell(FlushedFrames flushed) {
        if (told) {
            return;
        }
        told = true;
        try {
            channel.eventLoop().execute(() -> {
                if (!channel.isRegistered()) {
                    tellInactive();
                }
            });
        } catch (RejectedExecutionException ended) {
            flushed.fail(new ClosedChannelException());
            if (channel.eventLoop().inEventLoop()) {
                tellInactive();
                if (channel.isRegistered()) {
                    channel.pipeline().fireChannelUnregistered();
                }
            }
        }
    }
}
