/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.netty.channel.ChannelPipeline;
import io.netty.util.concurrent.Future;
import io.ringtap.channel.FrameChannel;
import io.ringtap.channel.FrameFrontEnd;
import io.ringtap.virtio.DropListener;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VnetHeaderLength;

/**
 * Where one channel of a port meets the inside of the bridge: a front end, which changes when ports that come and go
 * make other handlers necessary. Changes are asked for one after the other.
 */
final class PortEdge {
    private final FrameChannel channel;
    /** What was asked for last, and whether it is done; by who makes changes. */
    private PortOffloads asked = PortOffloads.NONE;
    private Future<Void> done;
    private volatile FrameFrontEnd frontEnd;

    PortEdge(FrameChannel channel) {
        this.channel = channel;
    }

    /** Whether there is a front end, or will be. */
    boolean isBuilt() {
        return done != null;
    }

    /** What was asked for last. */
    PortOffloads asked() {
        return asked;
    }

    /**
     * Puts the front end before a handler of the bridge, on the event loop of the channel, and something else before
     * that. Nothing is joined yet.
     *
     * @param between adds what stands between the device and the front end
     * @return done when it is there; fails if it cannot be
     */
    Future<Void> build(String before, VnetHeaderLength inside, PortOffloads offloads, DropListener drops,
                       Runnable between) {
        asked = new PortOffloads(offloads.sent(), offloads.received(), VirtioNetOffloads.NONE);
        FrameFrontEnd added = new FrameFrontEnd(inside, asked.features()).onDrop(drops);
        frontEnd = added;
        done = LoopTasks.run(channel.eventLoop(), () -> {
            ChannelPipeline pipeline = channel.pipeline();
            if (pipeline.context(before) == null) {
                // The channel is closed.
                return;
            }
            if (pipeline.get(FrameFrontEnd.class) != null) {
                throw new IllegalStateException("the channel " + channel + " has a FrameFrontEnd of its own: leave it"
                    + " out, as the bridge adds one");
            }
            between.run();
            pipeline.addBefore(before, before + "-front-end", added);
        });
        return done;
    }

    /** Asks for other offloads; done when they are agreed on, and what waited in the former handlers has passed. */
    Future<Void> change(PortOffloads offloads) {
        if (!offloads.equals(asked)) {
            asked = offloads;
            done = frontEnd.renegotiate(offloads.features(), offloads.joined());
        }
        return done;
    }

    /** Whether frames to the channel wait while a super-frame is being cut up. Any thread. */
    boolean isBehind() {
        FrameFrontEnd added = frontEnd;
        return added != null && added.isBehind();
    }
}
