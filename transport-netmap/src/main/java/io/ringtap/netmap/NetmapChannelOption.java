/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap;

import io.netty.channel.ChannelOption;
import io.ringtap.channel.FrameChannelOption;

/**
 * Options of a {@link NetmapChannel}, besides those of every frame channel. All are set before bind.
 *
 * @param <T> the type of the value
 */
public final class NetmapChannelOption<T> extends FrameChannelOption<T> {
    /**
     * Which netmap to open the port on. Unless set, the kernel's where this machine has one, else the one in this JVM.
     */
    public static final ChannelOption<NetmapDriver> DRIVER = valueOf(NetmapChannelOption.class, "DRIVER");
    /**
     * How many received frames handlers may hold without a copy being made of them, 0 to 65536; 1024 unless set. netmap
     * may grant fewer.
     */
    public static final ChannelOption<Integer> LENT_BUFFERS = valueOf(NetmapChannelOption.class, "LENT_BUFFERS");

    private NetmapChannelOption() {
    }
}
