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

/** The options of a port of a back end, kept until it is bound. */
final class DefaultVirtioUserChannelConfig extends DefaultFrameChannelConfig implements VirtioUserChannelConfig {
    private static final int DEFAULT_RECONNECT_MILLIS = 1000;
    private static final int DEFAULT_MODE = 0600;
    private static final int MOST_MODE = 0777;
    private static final int DEFAULT_QUEUE_SIZE = 256;

    private volatile boolean server;
    private volatile int reconnectMillis = DEFAULT_RECONNECT_MILLIS;
    private volatile int mode = DEFAULT_MODE;
    private volatile int queueSize = DEFAULT_QUEUE_SIZE;
    private volatile boolean packed;
    private volatile boolean mergeable = true;
    private volatile boolean inOrder;

    DefaultVirtioUserChannelConfig(VirtioUserChannel channel) {
        super(channel);
    }

    /**
     * The options as they are now.
     *
     * @throws IllegalArgumentException if they ask for what no back end has
     */
    VirtioUserSettings settings() {
        VnetHeaderLength header = getVnetHeaders().stream()
            .filter(length -> length.bytes() <= VnetHeaderLength.MERGEABLE.bytes()).findFirst()
            .orElseThrow(() -> new IllegalArgumentException(FrameChannelOption.VNET_HEADERS
                + ": a port of a vhost-user back end has a header of 0, 10 or 12 bytes, none of "
                + getVnetHeaders()));
        VirtioNetOffloads gives = getOffloads();
        if (header == VnetHeaderLength.NONE && !gives.isEmpty()) {
            throw new IllegalArgumentException(FrameChannelOption.OFFLOADS + ": without a vnet header nothing can be"
                + " left undone in frames, and " + gives + " were asked for: set vnet=12 too");
        }
        return new VirtioUserSettings(server, reconnectMillis, mode, header, gives.honoured(), queueSize, packed,
            mergeable, inOrder);
    }

    @Override
    public Map<ChannelOption<?>, Object> getOptions() {
        return getOptions(super.getOptions(), VirtioUserChannelOption.SERVER, VirtioUserChannelOption.RECONNECT_MILLIS,
            VirtioUserChannelOption.SOCKET_MODE, VirtioUserChannelOption.QUEUE_SIZE, VirtioUserChannelOption.PACKED,
            VirtioUserChannelOption.MERGEABLE, VirtioUserChannelOption.IN_ORDER);
    }

    @Override
    @SuppressWarnings("unchecked")
    public <T> T getOption(ChannelOption<T> option) {
        Object value = option == VirtioUserChannelOption.SERVER ? (Object) server
            : option == VirtioUserChannelOption.RECONNECT_MILLIS ? (Object) reconnectMillis
            : option == VirtioUserChannelOption.SOCKET_MODE ? (Object) mode
            : option == VirtioUserChannelOption.QUEUE_SIZE ? (Object) queueSize
            : option == VirtioUserChannelOption.PACKED ? (Object) packed
            : option == VirtioUserChannelOption.MERGEABLE ? (Object) mergeable
            : option == VirtioUserChannelOption.IN_ORDER ? (Object) inOrder : null;
        return value == null ? super.getOption(option) : (T) value;
    }

    @Override
    public <T> boolean setOption(ChannelOption<T> option, T value) {
        validate(option, value);
        if (option == VirtioUserChannelOption.SERVER) {
            setServer((Boolean) value);
        } else if (option == VirtioUserChannelOption.RECONNECT_MILLIS) {
            setReconnectMillis((Integer) value);
        } else if (option == VirtioUserChannelOption.SOCKET_MODE) {
            setSocketMode((Integer) value);
        } else if (option == VirtioUserChannelOption.QUEUE_SIZE) {
            setQueueSize((Integer) value);
        } else if (option == VirtioUserChannelOption.PACKED) {
            setPacked((Boolean) value);
        } else if (option == VirtioUserChannelOption.MERGEABLE) {
            setMergeable((Boolean) value);
        } else if (option == VirtioUserChannelOption.IN_ORDER) {
            setInOrder((Boolean) value);
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
    public VirtioUserChannelConfig setServer(boolean listens) {
        requireUnbound(VirtioUserChannelOption.SERVER);
        server = listens;
        return this;
    }

    @Override
    public int getReconnectMillis() {
        return reconnectMillis;
    }

    @Override
    public VirtioUserChannelConfig setReconnectMillis(int millis) {
        requireUnbound(VirtioUserChannelOption.RECONNECT_MILLIS);
        if (millis < 1) {
            throw new IllegalArgumentException(VirtioUserChannelOption.RECONNECT_MILLIS + ": " + millis
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
    public VirtioUserChannelConfig setSocketMode(int permissions) {
        requireUnbound(VirtioUserChannelOption.SOCKET_MODE);
        if (permissions < 0 || permissions > MOST_MODE) {
            throw new IllegalArgumentException(VirtioUserChannelOption.SOCKET_MODE + ": " + permissions
                + " (expected: 0-" + MOST_MODE + ")");
        }
        mode = permissions;
        return this;
    }

    @Override
    public int getQueueSize() {
        return queueSize;
    }

    @Override
    public VirtioUserChannelConfig setQueueSize(int entries) {
        requireUnbound(VirtioUserChannelOption.QUEUE_SIZE);
        if (entries < VirtioUserChannelOption.LEAST_QUEUE_SIZE || entries > VirtioUserChannelOption.MOST_QUEUE_SIZE
            || (entries & entries - 1) != 0) {
            throw new IllegalArgumentException(VirtioUserChannelOption.QUEUE_SIZE + ": " + entries
                + " (expected: a power of two, " + VirtioUserChannelOption.LEAST_QUEUE_SIZE + "-"
                + VirtioUserChannelOption.MOST_QUEUE_SIZE + ")");
        }
        queueSize = entries;
        return this;
    }

    @Override
    public boolean isPacked() {
        return packed;
    }

    @Override
    public VirtioUserChannelConfig setPacked(boolean rings) {
        requireUnbound(VirtioUserChannelOption.PACKED);
        packed = rings;
        return this;
    }

    @Override
    public boolean isMergeable() {
        return mergeable;
    }

    @Override
    public VirtioUserChannelConfig setMergeable(boolean buffers) {
        requireUnbound(VirtioUserChannelOption.MERGEABLE);
        mergeable = buffers;
        return this;
    }

    @Override
    public boolean isInOrder() {
        return inOrder;
    }

    @Override
    public VirtioUserChannelConfig setInOrder(boolean buffers) {
        requireUnbound(VirtioUserChannelOption.IN_ORDER);
        inOrder = buffers;
        return this;
    }
}
