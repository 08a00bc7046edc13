/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.MessageSizeEstimator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import io.ringtap.channel.FrameChannelConfig;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VnetHeaderLength;

import java.util.List;

/** The configuration of a {@link NetmapChannel}; see {@link NetmapChannelOption}. */
public interface NetmapChannelConfig extends FrameChannelConfig {
    /** The netmap to open the port on; {@code null} for whichever this machine has. */
    NetmapDriver getDriver();

    /** Sets {@link NetmapChannelOption#DRIVER}, before bind. */
    NetmapChannelConfig setDriver(NetmapDriver driver);

    /** How many received frames may be lent at a time. */
    int getLentBuffers();

    /** Sets {@link NetmapChannelOption#LENT_BUFFERS}, before bind. */
    NetmapChannelConfig setLentBuffers(int buffers);

    /** Whether others may have the same rings open. */
    boolean isShared();

    /** Sets {@link NetmapChannelOption#SHARED}, before bind. */
    NetmapChannelConfig setShared(boolean shared);

    @Override
    NetmapChannelConfig setVnetHeader(VnetHeaderLength length);

    @Override
    NetmapChannelConfig setVnetHeaders(List<VnetHeaderLength> lengths);

    @Override
    NetmapChannelConfig setOffloads(VirtioNetOffloads wanted);

    @Override
    NetmapChannelConfig setReadBatches(boolean batches);

    @Override
    NetmapChannelConfig setConnectTimeoutMillis(int connectTimeoutMillis);

    @Override
    @Deprecated
    NetmapChannelConfig setMaxMessagesPerRead(int maxMessagesPerRead);

    @Override
    NetmapChannelConfig setWriteSpinCount(int writeSpinCount);

    @Override
    NetmapChannelConfig setAllocator(ByteBufAllocator allocator);

    @Override
    NetmapChannelConfig setRecvByteBufAllocator(RecvByteBufAllocator allocator);

    @Override
    NetmapChannelConfig setAutoRead(boolean autoRead);

    @Override
    NetmapChannelConfig setAutoClose(boolean autoClose);

    @Override
    NetmapChannelConfig setWriteBufferHighWaterMark(int highWaterMark);

    @Override
    NetmapChannelConfig setWriteBufferLowWaterMark(int lowWaterMark);

    @Override
    NetmapChannelConfig setWriteBufferWaterMark(WriteBufferWaterMark waterMark);

    @Override
    NetmapChannelConfig setMessageSizeEstimator(MessageSizeEstimator estimator);
}
