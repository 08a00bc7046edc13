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
    /**
     * Whether others may have the same rings open; {@code false} unless set. A ring has one place up to which frames
     * were read or written, which all of its users move: a frame that one of them reads or writes is overwritten or
     * passed over by the others, unless they take care of each other as they would within one channel. So a channel
     * asks netmap for its rings alone, and bind fails with EBUSY if somebody has them already; to share them, each of
     * their users has to set this option. Different rings of one port ({@code eth0-0} and {@code eth0-1}, {@code eth0}
     * and {@code eth0^}), pipes and monitors are not affected: they have rings of their own.
     */
    public static final ChannelOption<Boolean> SHARED = valueOf(NetmapChannelOption.class, "SHARED");

    private NetmapChannelOption() {
    }
}
