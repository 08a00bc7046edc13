/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.virtio;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelPromise;
import io.ringtap.ethernet.FrameDirection;
import io.ringtap.ethernet.FrameHandler;

import java.util.Objects;
import java.util.Set;

/** What the handlers of this package have in common: a listener that learns of each frame they drop. */
abstract class VirtioNetFrameHandler extends FrameHandler {
    private DropListener drops = (direction, reason) -> { };

    VirtioNetFrameHandler(Set<FrameDirection> directions) {
        super(directions);
    }

    /** Sets who learns of each frame that is dropped. To be called before the handler is added to a pipeline. */
    public final void setDropListener(DropListener listener) {
        drops = Objects.requireNonNull(listener, "listener");
    }

    /** Drops an inbound frame. */
    final void drop(ByteBuf frame, VirtioNetVerdict reason) {
        drop(frame);
        drops.dropped(FrameDirection.INBOUND, reason);
    }

    /** Drops an outbound frame and fails its promise. */
    final void refuse(ByteBuf frame, ChannelPromise promise, VirtioNetVerdict reason) {
        // Counted first: a listener of the promise may look at the counters.
        drops.dropped(FrameDirection.OUTBOUND, reason);
        refuse(frame, promise, new VirtioNetFrameException(reason));
    }
}
