/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelOption;
import io.netty.channel.MessageSizeEstimator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import io.ringtap.channel.spi.DefaultFrameChannelConfig;
import io.ringtap.internal.netmap.buffer.NetmapBufferPool;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VnetHeaderLength;

import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The configuration of a {@link NetmapChannel}, all of which bind checks. */
final class DefaultNetmapChannelConfig extends DefaultFrameChannelConfig implements NetmapChannelConfig {
    /** As many frames as two read rounds bring. */
    private static final int DEFAULT_LENT_BUFFERS = 1024;

    private volatile NetmapDriver driver;
    private volatile int lentBuffers = DEFAULT_LENT_BUFFERS;
    private volatile boolean shared;

    DefaultNetmapChannelConfig(NetmapChannel channel) {
        super(channel);
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

    @Override
    public NetmapDriver getDriver() {
        return driver;
    }

    @Override
    public NetmapChannelConfig setDriver(NetmapDriver wanted) {
        requireUnbound(NetmapChannelOption.DRIVER);
        driver = Objects.requireNonNull(wanted, "driver");
        return this;
    }

    @Override
    public int getLentBuffers() {
        return lentBuffers;
    }

    @Override
    public NetmapChannelConfig setLentBuffers(int buffers) {
        requireUnbound(NetmapChannelOption.LENT_BUFFERS);
        lentBuffers = buffers;
        return this;
    }

    @Override
    public boolean isShared() {
        return shared;
    }

    @Override
    public NetmapChannelConfig setShared(boolean share) {
        requireUnbound(NetmapChannelOption.SHARED);
        shared = share;
        return this;
    }

    @Override
    public NetmapChannelConfig setVnetHeader(VnetHeaderLength length) {
        super.setVnetHeader(length);
        return this;
    }

    @Override
    public NetmapChannelConfig setVnetHeaders(List<VnetHeaderLength> lengths) {
        super.setVnetHeaders(lengths);
        return this;
    }

    @Override
    public NetmapChannelConfig setOffloads(VirtioNetOffloads wanted) {
        super.setOffloads(wanted);
        return this;
    }

    @Override
    public NetmapChannelConfig setReadBatches(boolean batches) {
        super.setReadBatches(batches);
        return this;
    }

    @Override
    public NetmapChannelConfig setConnectTimeoutMillis(int connectTimeoutMillis) {
        super.setConnectTimeoutMillis(connectTimeoutMillis);
        return this;
    }

    @Override
    @Deprecated
    public NetmapChannelConfig setMaxMessagesPerRead(int maxMessagesPerRead) {
        super.setMaxMessagesPerRead(maxMessagesPerRead);
        return this;
    }

    @Override
    public NetmapChannelConfig setWriteSpinCount(int writeSpinCount) {
        super.setWriteSpinCount(writeSpinCount);
        return this;
    }

    @Override
    public NetmapChannelConfig setAllocator(ByteBufAllocator allocator) {
        super.setAllocator(allocator);
        return this;
    }

    @Override
    public NetmapChannelConfig setRecvByteBufAllocator(RecvByteBufAllocator allocator) {
        super.setRecvByteBufAllocator(allocator);
        return this;
    }

    @Override
    public NetmapChannelConfig setAutoRead(boolean autoRead) {
        super.setAutoRead(autoRead);
        return this;
    }

    @Override
    public NetmapChannelConfig setAutoClose(boolean autoClose) {
        super.setAutoClose(autoClose);
        return this;
    }

    @Override
    public NetmapChannelConfig setWriteBufferHighWaterMark(int highWaterMark) {
        super.setWriteBufferHighWaterMark(highWaterMark);
        return this;
    }

    @Override
    public NetmapChannelConfig setWriteBufferLowWaterMark(int lowWaterMark) {
        super.setWriteBufferLowWaterMark(lowWaterMark);
        return this;
    }

    @Override
    public NetmapChannelConfig setWriteBufferWaterMark(WriteBufferWaterMark waterMark) {
        super.setWriteBufferWaterMark(waterMark);
        return this;
    }

    @Override
    public NetmapChannelConfig setMessageSizeEstimator(MessageSizeEstimator estimator) {
        super.setMessageSizeEstimator(estimator);
        return this;
    }

    /** The headers that are wanted and that netmap knows. */
    List<VnetHeaderLength> possibleHeaders() {
        return getVnetHeaders().stream().filter(header -> header.bytes() <= VnetHeaderLength.MERGEABLE.bytes())
            .toList();
    }

    /** Checks everything that was set. */
    void requireValid() {
        if (possibleHeaders().isEmpty()) {
            throw new IllegalArgumentException(
                "VNET_HEADER of " + getVnetHeader().bytes() + " bytes: netmap has 0, 10 or 12");
        }
        if (lentBuffers < 0 || lentBuffers > NetmapBufferPool.MAX_CAPACITY) {
            throw new IllegalArgumentException("LENT_BUFFERS of " + lentBuffers + ": from 0 to "
                + NetmapBufferPool.MAX_CAPACITY);
        }
        if (!getOffloads().isEmpty() && getVnetHeaders().equals(List.of(VnetHeaderLength.NONE))) {
            throw new IllegalArgumentException("OFFLOADS need a VNET_HEADER, which tells what was left undone");
        }
    }
}
