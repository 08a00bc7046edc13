/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelPipeline;
import io.ringtap.virtio.GsoSegmenter;

import java.util.EnumMap;
import java.util.Map;

/**
 * The handlers between one channel and the inside of the bridge. A port that comes later can make more of them
 * necessary, which are then added before its first frame; those that are there stay as they are. On the event loop of
 * the channel, unless something else is said.
 */
final class PortEdge {
    private static final EdgeStep[] STEPS = EdgeStep.values();

    private final Map<EdgeStep, ChannelHandler> installed = new EnumMap<>(EdgeStep.class);
    private volatile GsoSegmenter segmenter;

    /** Adds the handlers whose step is not there yet, each in its place before a handler of the bridge. */
    void add(ChannelPipeline pipeline, String before, Map<EdgeStep, ChannelHandler> handlers) {
        handlers.forEach((step, handler) -> {
            if (installed.containsKey(step)) {
                return;
            }
            pipeline.addBefore(nameBehind(step, before), name(before, step), handler);
            installed.put(step, handler);
            if (step == EdgeStep.SEGMENT_SENT) {
                segmenter = (GsoSegmenter) handler;
            }
        });
    }

    private String nameBehind(EdgeStep step, String before) {
        for (int i = step.ordinal() + 1; i < STEPS.length; i++) {
            if (installed.containsKey(STEPS[i])) {
                return name(before, STEPS[i]);
            }
        }
        return before;
    }

    private static String name(String bridge, EdgeStep step) {
        return bridge + '-' + step;
    }

    /** Whether frames to the channel wait while a super-frame is being cut up. Any thread. */
    boolean isBehind() {
        GsoSegmenter added = segmenter;
        return added != null && added.isBehind();
    }
}
