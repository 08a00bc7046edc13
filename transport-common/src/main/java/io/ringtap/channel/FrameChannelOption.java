/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel;

import io.netty.channel.ChannelOption;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VnetHeaderLength;

import java.util.List;

/**
 * Options that every {@link FrameChannel} has; set before {@code bind} and fixed from then on, unless they say
 * otherwise.
 *
 * @param <T> the type of the value
 */
public class FrameChannelOption<T> extends ChannelOption<T> {
    /**
     * The virtio-net header in front of every frame, both ways; {@link VnetHeaderLength#NONE} unless set. It is a list
     * of one in {@link #VNET_HEADERS}: a length that the device does not have fails the bind. Reading the option after
     * bind returns the header that the device has.
     */
    public static final ChannelOption<VnetHeaderLength> VNET_HEADER =
        valueOf(FrameChannelOption.class, "VNET_HEADER");
    /**
     * The lengths of virtio-net header that the application can work with, the preferred one first. {@code bind} takes
     * the first that the device can have, and fails if it has none of them. Failed attempts are undone before
     * {@code bind} completes. {@link FrameFrontEnd} gives the application frames of one form, whichever was taken.
     */
    public static final ChannelOption<List<VnetHeaderLength>> VNET_HEADERS =
        valueOf(FrameChannelOption.class, "VNET_HEADERS");
    /**
     * What the device may leave undone in the frames that it delivers, as the virtio-net header describes; nothing
     * unless set. One of {@link #VNET_HEADERS} has to be a header that describes offloads; without one, the device
     * leaves nothing undone. Reading the option after bind returns what the device has agreed to.
     */
    public static final ChannelOption<VirtioNetOffloads> OFFLOADS =
        valueOf(FrameChannelOption.class, "OFFLOADS");
    /**
     * Whether the frames of a read round reach the pipeline together, as one {@link io.ringtap.ethernet.FrameBatch}
     * before {@code channelReadComplete}, instead of one {@code channelRead} for each; {@code false} unless set.
     * Handlers of single frames need an {@link io.ringtap.ethernet.UnbatchingHandler} in front of them then. Batches
     * pay where little is done with a frame. May be changed at any time. On a tap a round of more than 64 frames has no
     * gain: all are received before the first is handed on, and there are memory and copies for no more at once.
     */
    public static final ChannelOption<Boolean> READ_BATCHES =
        valueOf(FrameChannelOption.class, "READ_BATCHES");

    /** Not called: options are constants. */
    @SuppressWarnings("deprecation")
    protected FrameChannelOption() {
        super(null);
    }
}
