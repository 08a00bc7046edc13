/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap;

import io.netty.channel.ChannelOption;
import io.ringtap.channel.FrameChannelOption;

/**
 * Options of a {@link NetmapChannel}, in addition to those of every frame channel. All have to be set before bind.
 *
 * @param <T> the type of the value
 */
public final class NetmapChannelOption<T> extends FrameChannelOption<T> {
    /**
     * The netmap to open the port on. By default it is the kernel's if this machine has one, and the one in this JVM
     * otherwise.
     */
    public static final ChannelOption<NetmapDriver> DRIVER = valueOf(NetmapChannelOption.class, "DRIVER");
    /**
     * How many received frames handlers may hold without a copy being made, 0 to 65536; 1024 by default. netmap may
     * grant fewer.
     */
    public static final ChannelOption<Integer> LENT_BUFFERS = valueOf(NetmapChannelOption.class, "LENT_BUFFERS");
    /**
     * Whether others may have the same rings open; {@code false} by default. A ring has one position up to which frames
     * were read or written, and all of its users move it: a frame that one of them reads or writes is overwritten or
     * skipped by the others, unless they coordinate as they would within one channel. Therefore a channel asks netmap
     * for its rings exclusively, and bind fails with EBUSY if somebody else has them. To share them, each of the users
     * has to set this option. Different rings of one port ({@code eth0-0} and {@code eth0-1}, {@code eth0} and {@code
     * eth0^}), pipes and monitors are not affected, as they have rings of their own.
     */
    public static final ChannelOption<Boolean> SHARED = valueOf(NetmapChannelOption.class, "SHARED");

    private NetmapChannelOption() {
    }
}
