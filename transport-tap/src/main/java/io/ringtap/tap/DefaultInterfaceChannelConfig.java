/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelOption;
import io.netty.channel.MessageSizeEstimator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import io.ringtap.channel.FrameChannelConfig;
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
 *
 * @param <C> the public type of the configuration, which the setters return
 */
abstract class DefaultInterfaceChannelConfig<C extends FrameChannelConfig> extends DefaultFrameChannelConfig {
    /** What every kind of interface has. */
    static final List<ChannelOption<?>> COMMON = List.of(InterfaceChannelOption.MTU, InterfaceChannelOption.ADDRESSES,
        InterfaceChannelOption.UP, InterfaceChannelOption.CARRIER, InterfaceChannelOption.PERSIST,
        InterfaceChannelOption.OWNER, InterfaceChannelOption.GROUP, InterfaceChannelOption.EXCLUSIVE,
        InterfaceChannelOption.MULTI_QUEUE, InterfaceChannelOption.VNET_LITTLE_ENDIAN,
        InterfaceChannelOption.NETWORK_NAMESPACE, InterfaceChannelOption.CAPSICUM, ChannelOption.SO_SNDBUF);

    private final InterfaceChannel channel;
    private final List<ChannelOption<?>> options;
    private final Map<ChannelOption<?>, Object> wanted = new ConcurrentHashMap<>();

    DefaultInterfaceChannelConfig(InterfaceChannel channel, List<ChannelOption<?>> options) {
        super(channel);
        this.channel = channel;
        this.options = options;
    }

    /** This configuration as its public type, for setters to return. */
    abstract C self();

    /** The options as they are now, checked against each other. */
    final TapSettings settings() {
        Map<ChannelOption<?>, Object> all = new HashMap<>(wanted);
        all.put(FrameChannelOption.VNET_HEADERS, getVnetHeaders());
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
        Object kept = value instanceof List<?> list ? List.copyOf(list) : value;
        TapDevice device = channel.tapDevice();
        if (device != null) {
            try {
                device.change(option, kept);
            } catch (IOException e) {
                throw new ChannelException(option.name() + " of " + device + " cannot be set to " + value, e);
            }
        }
        wanted.put(option, kept);
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

    public Integer getMtu() {
        return getOption(InterfaceChannelOption.MTU);
    }

    public C setMtu(int mtu) {
        setOption(InterfaceChannelOption.MTU, mtu);
        return self();
    }

    public List<IpPrefix> getAddresses() {
        List<IpPrefix> addresses = getOption(InterfaceChannelOption.ADDRESSES);
        return addresses == null ? List.of() : addresses;
    }

    public C setAddresses(List<IpPrefix> addresses) {
        setOption(InterfaceChannelOption.ADDRESSES, addresses);
        return self();
    }

    public boolean isUp() {
        return Boolean.TRUE.equals(getOption(InterfaceChannelOption.UP));
    }

    public C setUp(boolean up) {
        setOption(InterfaceChannelOption.UP, up);
        return self();
    }

    public boolean isCarrier() {
        return Boolean.TRUE.equals(getOption(InterfaceChannelOption.CARRIER));
    }

    public C setCarrier(boolean carrier) {
        setOption(InterfaceChannelOption.CARRIER, carrier);
        return self();
    }

    public boolean isPersist() {
        return Boolean.TRUE.equals(getOption(InterfaceChannelOption.PERSIST));
    }

    public C setPersist(boolean persist) {
        setOption(InterfaceChannelOption.PERSIST, persist);
        return self();
    }

    public Integer getOwner() {
        return getOption(InterfaceChannelOption.OWNER);
    }

    public C setOwner(int user) {
        setOption(InterfaceChannelOption.OWNER, user);
        return self();
    }

    public Integer getGroup() {
        return getOption(InterfaceChannelOption.GROUP);
    }

    public C setGroup(int group) {
        setOption(InterfaceChannelOption.GROUP, group);
        return self();
    }

    public boolean isExclusive() {
        return Boolean.TRUE.equals(getOption(InterfaceChannelOption.EXCLUSIVE));
    }

    public C setExclusive(boolean exclusive) {
        setOption(InterfaceChannelOption.EXCLUSIVE, exclusive);
        return self();
    }

    public boolean isMultiQueue() {
        return Boolean.TRUE.equals(getOption(InterfaceChannelOption.MULTI_QUEUE));
    }

    public C setMultiQueue(boolean multiQueue) {
        setOption(InterfaceChannelOption.MULTI_QUEUE, multiQueue);
        return self();
    }

    public boolean isVnetLittleEndian() {
        return Boolean.TRUE.equals(getOption(InterfaceChannelOption.VNET_LITTLE_ENDIAN));
    }

    public C setVnetLittleEndian(boolean littleEndian) {
        setOption(InterfaceChannelOption.VNET_LITTLE_ENDIAN, littleEndian);
        return self();
    }

    public String getNetworkNamespace() {
        return getOption(InterfaceChannelOption.NETWORK_NAMESPACE);
    }

    public C setNetworkNamespace(String namespace) {
        setOption(InterfaceChannelOption.NETWORK_NAMESPACE, namespace);
        return self();
    }

    public boolean isCapsicum() {
        return Boolean.TRUE.equals(getOption(InterfaceChannelOption.CAPSICUM));
    }

    public C setCapsicum(boolean capsicum) {
        setOption(InterfaceChannelOption.CAPSICUM, capsicum);
        return self();
    }

    public Integer getSendBufferSize() {
        return getOption(ChannelOption.SO_SNDBUF);
    }

    public C setSendBufferSize(int bytes) {
        setOption(ChannelOption.SO_SNDBUF, bytes);
        return self();
    }

    @Override
    public C setVnetHeader(VnetHeaderLength length) {
        super.setVnetHeader(length);
        return self();
    }

    @Override
    public C setVnetHeaders(List<VnetHeaderLength> lengths) {
        super.setVnetHeaders(lengths);
        return self();
    }

    @Override
    public C setOffloads(VirtioNetOffloads wanted) {
        super.setOffloads(wanted);
        return self();
    }

    @Override
    public C setReadBatches(boolean batches) {
        super.setReadBatches(batches);
        return self();
    }

    @Override
    public C setConnectTimeoutMillis(int connectTimeoutMillis) {
        super.setConnectTimeoutMillis(connectTimeoutMillis);
        return self();
    }

    @Override
    @Deprecated
    public C setMaxMessagesPerRead(int maxMessagesPerRead) {
        super.setMaxMessagesPerRead(maxMessagesPerRead);
        return self();
    }

    @Override
    public C setWriteSpinCount(int writeSpinCount) {
        super.setWriteSpinCount(writeSpinCount);
        return self();
    }

    @Override
    public C setAllocator(ByteBufAllocator allocator) {
        super.setAllocator(allocator);
        return self();
    }

    @Override
    public C setRecvByteBufAllocator(RecvByteBufAllocator allocator) {
        super.setRecvByteBufAllocator(allocator);
        return self();
    }

    @Override
    public C setAutoRead(boolean autoRead) {
        super.setAutoRead(autoRead);
        return self();
    }

    @Override
    public C setAutoClose(boolean autoClose) {
        super.setAutoClose(autoClose);
        return self();
    }

    @Override
    public C setWriteBufferHighWaterMark(int highWaterMark) {
        super.setWriteBufferHighWaterMark(highWaterMark);
        return self();
    }

    @Override
    public C setWriteBufferLowWaterMark(int lowWaterMark) {
        super.setWriteBufferLowWaterMark(lowWaterMark);
        return self();
    }

    @Override
    public C setWriteBufferWaterMark(WriteBufferWaterMark waterMark) {
        super.setWriteBufferWaterMark(waterMark);
        return self();
    }

    @Override
    public C setMessageSizeEstimator(MessageSizeEstimator estimator) {
        super.setMessageSizeEstimator(estimator);
        return self();
    }
}
