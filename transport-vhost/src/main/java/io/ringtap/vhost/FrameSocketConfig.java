/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vhost;

import io.netty.channel.ChannelOption;
import io.ringtap.channel.FrameChannelOption;
import io.ringtap.channel.spi.AbstractFrameChannel;
import io.ringtap.channel.spi.DefaultFrameChannelConfig;
import io.ringtap.virtio.VnetHeaderLength;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The options of a channel whose frames pass through a socket: kept as they were set, and fixed by bind. */
final class FrameSocketConfig extends DefaultFrameChannelConfig {
    private static final int DEFAULT_MODE = 0600;
    private static final int MOST_MODE = 0777;
    private static final int DEFAULT_RECONNECT_MILLIS = 1000;

    private final List<ChannelOption<?>> options;
    private final Map<ChannelOption<?>, Object> values = new ConcurrentHashMap<>();

    /** @param options those of {@link FrameSocketOption} that the channel has, and SO_SNDBUF */
    FrameSocketConfig(AbstractFrameChannel channel, List<ChannelOption<?>> options) {
        super(channel);
        this.options = options;
    }

    /**
     * The options as they are now.
     *
     * @throws IllegalArgumentException if they ask for what no socket has
     */
    FrameSocketSettings settings() {
        if (!getVnetHeaders().contains(VnetHeaderLength.NONE)) {
            throw new IllegalArgumentException("frames of a socket have no vnet header: leave "
                + FrameChannelOption.VNET_HEADER + " out, or let it allow none");
        }
        return new FrameSocketSettings(getOption(FrameDatagramChannelOption.REMOTE),
            getOption(FrameDatagramChannelOption.VFKIT),
            getOption(FrameStreamChannelOption.SERVER), getOption(FrameStreamChannelOption.RECONNECT_MILLIS),
            getOption(FrameSocketOption.SOCKET_MODE), getOption(FrameSocketOption.MAX_FRAME),
            getOption(ChannelOption.SO_SNDBUF));
    }

    @Override
    public Map<ChannelOption<?>, Object> getOptions() {
        return getOptions(super.getOptions(), options.toArray(new ChannelOption<?>[0]));
    }

    @Override
    @SuppressWarnings("unchecked")
    public <T> T getOption(ChannelOption<T> option) {
        Object set = values.get(option);
        if (set != null) {
            return (T) set;
        }
        if (option == FrameSocketOption.SOCKET_MODE) {
            return (T) Integer.valueOf(DEFAULT_MODE);
        }
        if (option == FrameSocketOption.MAX_FRAME) {
            return (T) Integer.valueOf(FrameSocketOption.LONGEST_FRAME);
        }
        if (option == FrameDatagramChannelOption.VFKIT) {
            return (T) Boolean.FALSE;
        }
        if (option == FrameStreamChannelOption.SERVER) {
            return (T) Boolean.TRUE;
        }
        if (option == FrameStreamChannelOption.RECONNECT_MILLIS) {
            return (T) Integer.valueOf(DEFAULT_RECONNECT_MILLIS);
        }
        return super.getOption(option);
    }

    @Override
    public <T> boolean setOption(ChannelOption<T> option, T value) {
        if (!options.contains(option)) {
            return super.setOption(option, value);
        }
        validate(option, value);
        requireUnbound(option);
        if (option == FrameSocketOption.SOCKET_MODE) {
            requireRange(option, (Integer) value, 0, MOST_MODE);
        } else if (option == FrameSocketOption.MAX_FRAME) {
            requireRange(option, (Integer) value, FrameSocketOption.LEAST_MAX_FRAME, FrameSocketOption.LONGEST_FRAME);
        } else if (option == ChannelOption.SO_SNDBUF || option == FrameStreamChannelOption.RECONNECT_MILLIS) {
            requireRange(option, (Integer) value, 1, Integer.MAX_VALUE);
        }
        values.put(option, value);
        return true;
    }

    private static void requireRange(ChannelOption<?> option, int value, int least, int most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(option + ": " + value + " (expected: " + least + "-" + most + ")");
        }
    }
}
