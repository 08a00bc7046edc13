/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.netty.channel.ChannelException;
import io.netty.channel.ChannelOption;
import io.ringtap.channel.FrameChannelConfig;
import io.ringtap.channel.FrameChannelOption;
import io.ringtap.ethernet.MacAddress;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VnetHeaderLength;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The configuration of a {@link TapChannel}; see {@link TapChannelOption}. While the device is open, the getters tell
 * what the kernel has, also where another program changed it or moved the interface to another network namespace.
 */
public final class TapChannelConfig extends FrameChannelConfig {
    private static final List<ChannelOption<?>> OPTIONS = List.of(TapChannelOption.MTU, TapChannelOption.MAC_ADDRESS,
        TapChannelOption.UP, TapChannelOption.CARRIER, TapChannelOption.PERSIST, TapChannelOption.OWNER,
        TapChannelOption.GROUP, TapChannelOption.EXCLUSIVE, TapChannelOption.MULTI_QUEUE,
        TapChannelOption.VNET_LITTLE_ENDIAN, TapChannelOption.NETWORK_NAMESPACE, ChannelOption.SO_SNDBUF);

    private final TapChannel tap;
    private final Map<ChannelOption<?>, Object> wanted = new ConcurrentHashMap<>();

    TapChannelConfig(TapChannel channel) {
        super(channel);
        tap = channel;
    }

    /** The options as they are now, checked against each other. */
    TapSettings settings() {
        Map<ChannelOption<?>, Object> all = new HashMap<>(wanted);
        all.put(FrameChannelOption.VNET_HEADER, super.getVnetHeader());
        all.put(FrameChannelOption.OFFLOADS, super.getOffloads());
        return TapSettings.of(all);
    }

    @Override
    public Map<ChannelOption<?>, Object> getOptions() {
        return getOptions(super.getOptions(), OPTIONS.toArray(ChannelOption<?>[]::new));
    }

    @Override
    @SuppressWarnings("unchecked")
    public <T> T getOption(ChannelOption<T> option) {
        TapDevice device = tap.tapDevice();
        if (device != null && (OPTIONS.contains(option) || option == FrameChannelOption.VNET_HEADER
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
        return OPTIONS.contains(option) ? (T) wanted.get(option) : super.getOption(option);
    }

    @Override
    public <T> boolean setOption(ChannelOption<T> option, T value) {
        if (!OPTIONS.contains(option)) {
            return super.setOption(option, value);
        }
        validate(option, value);
        TapDevice device = tap.tapDevice();
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
        return tap.tapDevice() == null ? super.getVnetHeader() : getOption(FrameChannelOption.VNET_HEADER);
    }

    @Override
    public VirtioNetOffloads getOffloads() {
        return tap.tapDevice() == null ? super.getOffloads() : getOption(FrameChannelOption.OFFLOADS);
    }

    /** Bytes of payload in a frame, {@code null} if the device is not open and none was set. */
    public Integer getMtu() {
        return getOption(TapChannelOption.MTU);
    }

    /** Sets {@link TapChannelOption#MTU}. */
    public TapChannelConfig setMtu(int mtu) {
        setOption(TapChannelOption.MTU, mtu);
        return this;
    }

    /** The address of the host's side, {@code null} if the device is not open and none was set. */
    public MacAddress getMacAddress() {
        return getOption(TapChannelOption.MAC_ADDRESS);
    }

    /** Sets {@link TapChannelOption#MAC_ADDRESS}. */
    public TapChannelConfig setMacAddress(MacAddress mac) {
        setOption(TapChannelOption.MAC_ADDRESS, mac);
        return this;
    }

    /** Whether the interface is up. */
    public boolean isUp() {
        return Boolean.TRUE.equals(getOption(TapChannelOption.UP));
    }

    /** Sets {@link TapChannelOption#UP}. */
    public TapChannelConfig setUp(boolean up) {
        setOption(TapChannelOption.UP, up);
        return this;
    }
}
