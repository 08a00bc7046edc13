/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap;

import io.netty.channel.ChannelOption;
import io.ringtap.channel.spi.DefaultFrameChannelConfig;
import io.ringtap.virtio.VnetHeaderLength;

import java.util.Map;
import java.util.Objects;

/** The configuration of a {@link NetmapChannel}; see {@link NetmapChannelOption}. */
public final class NetmapChannelConfig extends DefaultFrameChannelConfig {
    static final int MAX_LENT_BUFFERS = 65536;
    /** What two read rounds bring. */
    private static final int DEFAULT_LENT_BUFFERS = 1024;

    private volatile NetmapDriver driver;
    private volatile int lentBuffers = DEFAULT_LENT_BUFFERS;
    private volatile boolean shared;

    NetmapChannelConfig(NetmapChannel channel, NetmapDriver driver) {
        super(channel);
        this.driver = driver;
    }

    @Override
    public Map<ChannelOption<?>, Object> getOptions() {
        return getOptions(super.getOptions(), NetmapChannelOption.DRIVER, NetmapChannelOption.LENT_BUFFERS,
            NetmapChannelOption.SHARED);
    }

    @Override
    @SuppressWarnings("unchecked")
    public <T> T getOption(ChannelOption<T> option) {
        if (option == NetmapChannelOption.DRIVER) {
            return (T) getDriver();
        }
        if (option == NetmapChannelOption.LENT_BUFFERS) {
            return (T) Integer.valueOf(getLentBuffers());
        }
        if (option == NetmapChannelOption.SHARED) {
            return (T) Boolean.valueOf(isShared());
        }
        return super.getOption(option);
    }

    @Override
    public <T> boolean setOption(ChannelOption<T> option, T value) {
        if (option == NetmapChannelOption.DRIVER) {
            validate(option, value);
            setDriver((NetmapDriver) value);
        } else if (option == NetmapChannelOption.LENT_BUFFERS) {
            validate(option, value);
            setLentBuffers((Integer) value);
        } else if (option == NetmapChannelOption.SHARED) {
            validate(option, value);
            setShared((Boolean) value);
        } else {
            return super.setOption(option, value);
        }
        return true;
    }

    /** The netmap to open ports on; {@code null} for whichever this machine has. */
    public NetmapDriver getDriver() {
        return driver;
    }

    /** Sets {@link NetmapChannelOption#DRIVER}. */
    public NetmapChannelConfig setDriver(NetmapDriver wanted) {
        requireUnbound(NetmapChannelOption.DRIVER);
        driver = Objects.requireNonNull(wanted, "driver");
        return this;
    }

    /** How many received frames may be lent at a time. */
    public int getLentBuffers() {
        return lentBuffers;
    }

    /** Sets {@link NetmapChannelOption#LENT_BUFFERS}. */
    public NetmapChannelConfig setLentBuffers(int buffers) {
        requireUnbound(NetmapChannelOption.LENT_BUFFERS);
        lentBuffers = buffers;
        return this;
    }

    /** Whether others may have the same rings open. */
    public boolean isShared() {
        return shared;
    }

    /** Sets {@link NetmapChannelOption#SHARED}. */
    public NetmapChannelConfig setShared(boolean share) {
        requireUnbound(NetmapChannelOption.SHARED);
        shared = share;
        return this;
    }

    /** Checks what was set, all at once. */
    void requireValid() {
        VnetHeaderLength header = getVnetHeader();
        if (header.bytes() > VnetHeaderLength.MERGEABLE.bytes()) {
            throw new IllegalArgumentException("VNET_HEADER of " + header.bytes() + " bytes: netmap has 0, 10 or 12");
        }
        if (lentBuffers < 0 || lentBuffers > MAX_LENT_BUFFERS) {
            throw new IllegalArgumentException("LENT_BUFFERS of " + lentBuffers + ": from 0 to " + MAX_LENT_BUFFERS);
        }
        if (!getOffloads().isEmpty() && header == VnetHeaderLength.NONE) {
            throw new IllegalArgumentException("OFFLOADS need a VNET_HEADER, which tells what was left undone");
        }
    }
}
