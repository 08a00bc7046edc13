/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel;

import io.netty.channel.ChannelOption;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VnetHeaderLength;

/**
 * Options that every {@link FrameChannel} has. They are set before {@code bind} and fixed from then on.
 *
 * @param <T> the type of the value
 */
public class FrameChannelOption<T> extends ChannelOption<T> {
    /**
     * The vnet header in front of every frame, both ways; {@link VnetHeaderLength#NONE} unless set. A length that the
     * device does not have fails the bind.
     */
    public static final ChannelOption<VnetHeaderLength> VNET_HEADER =
        valueOf(FrameChannelOption.class, "VNET_HEADER");
    /**
     * What the device may leave undone in the frames that it delivers, each told in the vnet header; nothing unless
     * set. It needs a {@link #VNET_HEADER}. Reading the option after bind tells what the device has agreed to.
     */
    public static final ChannelOption<VirtioNetOffloads> OFFLOADS =
        valueOf(FrameChannelOption.class, "OFFLOADS");

    /** Not called: options are constants. */
    @SuppressWarnings("deprecation")
    protected FrameChannelOption() {
        super(null);
    }
}
