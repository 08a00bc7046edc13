/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vhost;

import io.netty.channel.ChannelOption;
import io.ringtap.channel.FrameChannelOption;
import io.ringtap.channel.spi.DefaultFrameChannelConfig;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VnetHeaderLength;

import java.util.Map;

/** The options of a port for a guest, kept until it is bound. */
final class DefaultVhostChannelConfig extends DefaultFrameChannelConfig implements VhostChannelConfig {
    private static final int DEFAULT_RECONNECT_MILLIS = 1000;
    private static final int DEFAULT_MODE = 0600;
    private static final int MOST_MODE = 0777;

    private volatile boolean server = true;
    private volatile int reconnectMillis = DEFAULT_RECONNECT_MILLIS;
    private volatile int mode = DEFAULT_MODE;

    DefaultVhostChannelConfig(VhostChannel channel) {
        super(channel);
    }

    /**
     * The options as they are now.
     *
     * @throws IllegalArgumentException if they ask for what no guest has
     */
    VhostSettings settings() {
        VnetHeaderLength header = getVnetHeaders().stream()
            .filter(length -> length.bytes() <= VnetHeaderLength.MERGEABLE.bytes()).findFirst()
            .orElseThrow(() -> new IllegalArgumentException(FrameChannelOption.VNET_HEADERS
                + ": a port for a guest has a header of 0, 10 or 12 bytes, none of " + getVnetHeaders()));
        VirtioNetOffloads gives = getOffloads();
        if (header == VnetHeaderLength.NONE && !gives.isEmpty()) {
            throw new IllegalArgumentException(FrameChannelOption.OFFLOADS + ": without a vnet header nothing can be"
                + " left undone in frames, and " + gives + " were asked for: set vnet=12 too");
        }
        return new VhostSettings(server, reconnectMillis, mode, header, gives.honoured());
    }

    @Override
    public Map<ChannelOption<?>, Object> getOptions() {
        return getOptions(super.getOptions(), VhostChannelOption.SERVER, VhostChannelOption.RECONNECT_MILLIS,
            VhostChannelOption.SOCKET_MODE);
    }

    @Override
    @SuppressWarnings("unchecked")
    public <T> T getOption(ChannelOption<T> option) {
        if (option == VhostChannelOption.SERVER) {
            return (T) Boolean.valueOf(server);
        }
        if (option == VhostChannelOption.RECONNECT_MILLIS) {
            return (T) Integer.valueOf(reconnectMillis);
        }
        if (option == VhostChannelOption.SOCKET_MODE) {
            return (T) Integer.valueOf(mode);
        }
        return super.getOption(option);
    }

    @Override
    public <T> boolean setOption(ChannelOption<T> option, T value) {
        if (option == VhostChannelOption.SERVER) {
            validate(option, value);
            setServer((Boolean) value);
        } else if (option == VhostChannelOption.RECONNECT_MILLIS) {
            validate(option, value);
            setReconnectMillis((Integer) value);
        } else if (option == VhostChannelOption.SOCKET_MODE) {
            validate(option, value);
            setSocketMode((Integer) value);
        } else {
            return super.setOption(option, value);
        }
        return true;
    }

    @Override
    public boolean isServer() {
        return server;
    }

    @Override
    public VhostChannelConfig setServer(boolean listens) {
        requireUnbound(VhostChannelOption.SERVER);
        server = listens;
        return this;
    }

    @Override
    public int getReconnectMillis() {
        return reconnectMillis;
    }

    @Override
    public VhostChannelConfig setReconnectMillis(int millis) {
        requireUnbound(VhostChannelOption.RECONNECT_MILLIS);
        if (millis < 1) {
            throw new IllegalArgumentException(VhostChannelOption.RECONNECT_MILLIS + ": " + millis
                + " (expected: 1 or more)");
        }
        reconnectMillis = millis;
        return this;
    }

    @Override
    public int getSocketMode() {
        return mode;
    }

    @Override
    public VhostChannelConfig setSocketMode(int permissions) {
        requireUnbound(VhostChannelOption.SOCKET_MODE);
        if (permissions < 0 || permissions > MOST_MODE) {
            throw new IllegalArgumentException(VhostChannelOption.SOCKET_MODE + ": " + permissions + " (expected: 0-"
                + MOST_MODE + ")");
        }
        mode = permissions;
        return this;
    }
}
