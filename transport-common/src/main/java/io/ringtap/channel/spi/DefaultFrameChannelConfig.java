/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel.spi;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelOption;
import io.netty.channel.DefaultChannelConfig;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.MessageSizeEstimator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import io.ringtap.channel.FrameChannelConfig;
import io.ringtap.channel.FrameChannelOption;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VnetHeaderLength;

import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The configuration of an {@link AbstractFrameChannel}; that of a transport extends it with options of its own. */
public class DefaultFrameChannelConfig extends DefaultChannelConfig implements FrameChannelConfig {
    private final AbstractFrameChannel frameChannel;
    private volatile List<VnetHeaderLength> vnetHeaders = List.of(VnetHeaderLength.NONE);
    private volatile boolean readBatches;
    private volatile VirtioNetOffloads offloads = VirtioNetOffloads.NONE;

    /** Makes the configuration of one channel. */
    public DefaultFrameChannelConfig(AbstractFrameChannel channel) {
        // The smallest guess, as the device's frame limit is what counts; and a read that fills no buffer ends no
        // round.
        super(channel, new FixedRecvByteBufAllocator(1).respectMaybeMoreData(false));
        setMessageSizeEstimator(FrameSizeEstimator.INSTANCE);
        frameChannel = channel;
    }

    @Override
    public Map<ChannelOption<?>, Object> getOptions() {
        return getOptions(super.getOptions(), FrameChannelOption.VNET_HEADER, FrameChannelOption.VNET_HEADERS,
            FrameChannelOption.OFFLOADS, FrameChannelOption.READ_BATCHES);
    }

    @Override
    @SuppressWarnings("unchecked")
    public <T> T getOption(ChannelOption<T> option) {
        if (option == FrameChannelOption.VNET_HEADER) {
            return (T) getVnetHeader();
        }
        if (option == FrameChannelOption.VNET_HEADERS) {
            return (T) getVnetHeaders();
        }
        if (option == FrameChannelOption.OFFLOADS) {
            return (T) getOffloads();
        }
        if (option == FrameChannelOption.READ_BATCHES) {
            return (T) Boolean.valueOf(isReadBatches());
        }
        return super.getOption(option);
    }

    @Override
    @SuppressWarnings("unchecked")
    public <T> boolean setOption(ChannelOption<T> option, T value) {
        validate(option, value);
        if (option == FrameChannelOption.VNET_HEADER) {
            setVnetHeader((VnetHeaderLength) value);
        } else if (option == FrameChannelOption.VNET_HEADERS) {
            setVnetHeaders((List<VnetHeaderLength>) value);
        } else if (option == FrameChannelOption.OFFLOADS) {
            setOffloads((VirtioNetOffloads) value);
        } else if (option == FrameChannelOption.READ_BATCHES) {
            setReadBatches((Boolean) value);
        } else {
            return super.setOption(option, value);
        }
        return true;
    }

    @Override
    public VnetHeaderLength getVnetHeader() {
        return frameChannel.isActive() ? frameChannel.vnetHeader().length() : vnetHeaders.get(0);
    }

    @Override
    public FrameChannelConfig setVnetHeader(VnetHeaderLength length) {
        requireUnbound(FrameChannelOption.VNET_HEADER);
        vnetHeaders = List.of(length);
        return this;
    }

    @Override
    public List<VnetHeaderLength> getVnetHeaders() {
        return vnetHeaders;
    }

    @Override
    public FrameChannelConfig setVnetHeaders(List<VnetHeaderLength> lengths) {
        requireUnbound(FrameChannelOption.VNET_HEADERS);
        List<VnetHeaderLength> wanted = List.copyOf(lengths);
        if (wanted.isEmpty() || EnumSet.copyOf(wanted).size() < wanted.size()) {
            throw new IllegalArgumentException(
                "VNET_HEADERS has at least one length, and none twice; not " + wanted);
        }
        vnetHeaders = wanted;
        return this;
    }

    @Override
    public VirtioNetOffloads getOffloads() {
        return frameChannel.isActive() ? frameChannel.vnetBackend().gives() : offloads;
    }

    @Override
    public FrameChannelConfig setOffloads(VirtioNetOffloads wanted) {
        requireUnbound(FrameChannelOption.OFFLOADS);
        offloads = Objects.requireNonNull(wanted, "wanted");
        return this;
    }

    @Override
    public boolean isReadBatches() {
        return readBatches;
    }

    @Override
    public FrameChannelConfig setReadBatches(boolean batches) {
        readBatches = batches;
        return this;
    }

    @Override
    public FrameChannelConfig setConnectTimeoutMillis(int connectTimeoutMillis) {
        super.setConnectTimeoutMillis(connectTimeoutMillis);
        return this;
    }

    @Override
    @Deprecated
    public FrameChannelConfig setMaxMessagesPerRead(int maxMessagesPerRead) {
        super.setMaxMessagesPerRead(maxMessagesPerRead);
        return this;
    }

    @Override
    public FrameChannelConfig setWriteSpinCount(int writeSpinCount) {
        super.setWriteSpinCount(writeSpinCount);
        return this;
    }

    @Override
    public FrameChannelConfig setAllocator(ByteBufAllocator allocator) {
        super.setAllocator(allocator);
        return this;
    }

    @Override
    public FrameChannelConfig setRecvByteBufAllocator(RecvByteBufAllocator allocator) {
        super.setRecvByteBufAllocator(allocator);
        return this;
    }

    @Override
    public FrameChannelConfig setAutoRead(boolean autoRead) {
        super.setAutoRead(autoRead);
        return this;
    }

    @Override
    public FrameChannelConfig setAutoClose(boolean autoClose) {
        super.setAutoClose(autoClose);
        return this;
    }

    @Override
    public FrameChannelConfig setWriteBufferHighWaterMark(int highWaterMark) {
        super.setWriteBufferHighWaterMark(highWaterMark);
        return this;
    }

    @Override
    public FrameChannelConfig setWriteBufferLowWaterMark(int lowWaterMark) {
        super.setWriteBufferLowWaterMark(lowWaterMark);
        return this;
    }

    @Override
    public FrameChannelConfig setWriteBufferWaterMark(WriteBufferWaterMark waterMark) {
        super.setWriteBufferWaterMark(waterMark);
        return this;
    }

    @Override
    public FrameChannelConfig setMessageSizeEstimator(MessageSizeEstimator estimator) {
        super.setMessageSizeEstimator(estimator);
        return this;
    }

    /**
     * For an option that only an unopened device can take.
     *
     * @throws IllegalStateException if the device is open
     */
    protected final void requireUnbound(ChannelOption<?> option) {
        if (frameChannel.isActive()) {
            throw new IllegalStateException(option.name() + " of " + frameChannel.localAddress()
                + " is fixed while the channel is active: set it before bind");
        }
    }

    @Override
    protected final void autoReadCleared() {
        frameChannel.autoReadCleared();
    }
}
