/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.netty.channel.ChannelException;
import io.netty.channel.ChannelOption;
import io.ringtap.channel.FrameChannelOption;
import io.ringtap.channel.spi.DefaultFrameChannelConfig;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VnetHeaderLength;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The options of a channel over a network interface: kept until it is bound, and then those of the kernel, also where
 * another program changed them or moved the interface to another network namespace.
 */
abstract class InterfaceChannelConfig extends DefaultFrameChannelConfig {
    /** What every kind of interface has. */
    static final List<ChannelOption<?>> COMMON = List.of(TapChannelOption.MTU,
        TapChannelOption.UP, TapChannelOption.CARRIER, TapChannelOption.PERSIST, TapChannelOption.OWNER,
        TapChannelOption.GROUP, TapChannelOption.EXCLUSIVE, TapChannelOption.MULTI_QUEUE,
        TapChannelOption.VNET_LITTLE_ENDIAN, TapChannelOption.NETWORK_NAMESPACE, ChannelOption.SO_SNDBUF);

    private final InterfaceChannel channel;
    private final List<ChannelOption<?>> options;
    private final Map<ChannelOption<?>, Object> wanted = new ConcurrentHashMap<>();

    InterfaceChannelConfig(InterfaceChannel channel, List<ChannelOption<?>> options) {
        super(channel);
        this.channel = channel;
        this.options = options;
    }

    /** The options as they are now, checked against each other. */
    final TapSettings settings() {
        Map<ChannelOption<?>, Object> all = new HashMap<>(wanted);
        all.put(FrameChannelOption.VNET_HEADER, super.getVnetHeader());
        all.put(FrameChannelOption.OFFLOADS, super.getOffloads());
        return TapSettings.of(channel.kind(), all);
    }

    /** All options; {@code null} for one that cannot be read now, as its interface is out of reach. */
    @Override
    public Map<ChannelOption<?>, Object> getOptions() {
        Map<ChannelOption<?>, Object> all = super.getOptions();
        for (ChannelOption<?> option : options) {
            try {
                all.put(option, getOption(option));
            } catch (ChannelException outOfReach) {
                all.put(option, null);
            }
        }
        return all;
    }

    @Override
    @SuppressWarnings("unchecked")
    public <T> T getOption(ChannelOption<T> option) {
        TapDevice device = channel.tapDevice();
        if (device != null && (options.contains(option) || option == FrameChannelOption.VNET_HEADER
            || option == FrameChannelOption.OFFLOADS)) {
            try {
                Object value = device.read(option);
                if (value != null) {
                    return (T) value;
                }
            } catch (IOException e) {
                throw new ChannelException(option.name() + " of " + device + " cannot be read", e);
            }
        }
        return options.contains(option) ? (T) wanted.get(option) : super.getOption(option);
    }

    @Override
    public <T> boolean setOption(ChannelOption<T> option, T value) {
        if (!options.contains(option)) {
            return super.setOption(option, value);
        }
        validate(option, value);
        TapDevice device = channel.tapDevice();
        if (device != null) {
            try {
                device.change(option, value);
            } catch (IOException e) {
                throw new ChannelException(option.name() + " of " + device + " cannot be set to " + value, e);
            }
        }
        wanted.put(option, value);
        return true;
    }

    @Override
    public VnetHeaderLength getVnetHeader() {
        return channel.tapDevice() == null ? super.getVnetHeader() : getOption(FrameChannelOption.VNET_HEADER);
    }

    @Override
    public VirtioNetOffloads getOffloads() {
        return channel.tapDevice() == null ? super.getOffloads() : getOption(FrameChannelOption.OFFLOADS);
    }

    /** Bytes of payload in a frame, {@code null} if the device is not open and none was set. */
    public Integer getMtu() {
        return getOption(TapChannelOption.MTU);
    }

    /** Whether the interface is up. */
    public boolean isUp() {
        return Boolean.TRUE.equals(getOption(TapChannelOption.UP));
    }
}
