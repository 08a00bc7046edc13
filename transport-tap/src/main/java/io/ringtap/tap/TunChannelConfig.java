/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelOption;
import io.netty.channel.MessageSizeEstimator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import io.ringtap.channel.FrameChannelConfig;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VnetHeaderLength;

import java.util.List;

/**
 * The configuration of a {@link TunChannel}; see {@link TunChannelOption}. While the device is open, the getters return
 * what the kernel has, also where another program changed it or moved the interface to another network namespace. They,
 * and the setters of an open device, throw a {@link io.netty.channel.ChannelException} if the kernel refuses or the
 * device is gone. Any thread.
 */
public interface TunChannelConfig extends FrameChannelConfig {
    /** Bytes of payload in a frame, {@code null} if the device is not open and none was set. */
    Integer getMtu();

    /** Sets {@link TunChannelOption#MTU}. */
    TunChannelConfig setMtu(int mtu);

    /** The IP addresses of the interface, or before bind those to be set; empty if there are none. */
    List<IpPrefix> getAddresses();

    /** Sets {@link TunChannelOption#ADDRESSES}. */
    TunChannelConfig setAddresses(List<IpPrefix> addresses);

    /** Whether the interface is up; {@code false} if the device is not open and nothing was set. */
    boolean isUp();

    /** Sets {@link TunChannelOption#UP}. */
    TunChannelConfig setUp(boolean up);

    /** Whether the host sees a carrier; {@code false} if the device is not open and nothing was set. */
    boolean isCarrier();

    /** Sets {@link TunChannelOption#CARRIER}. */
    TunChannelConfig setCarrier(boolean carrier);

    /** Whether the device stays when the channel is closed. */
    boolean isPersist();

    /** Sets {@link TunChannelOption#PERSIST}. */
    TunChannelConfig setPersist(boolean persist);

    /** The id of the user who may open the device, {@code null} if this configuration sets none. */
    Integer getOwner();

    /** Sets {@link TunChannelOption#OWNER}. */
    TunChannelConfig setOwner(int user);

    /** The id of the group whose members may open the device, {@code null} if this configuration sets none. */
    Integer getGroup();

    /** Sets {@link TunChannelOption#GROUP}. */
    TunChannelConfig setGroup(int group);

    /** Whether bind fails if the device exists already. */
    boolean isExclusive();

    /** Sets {@link TunChannelOption#EXCLUSIVE}. */
    TunChannelConfig setExclusive(boolean exclusive);

    /** Whether bind limits the rights of the descriptors. */
    boolean isCapsicum();

    /** Sets {@link TunChannelOption#CAPSICUM}. */
    TunChannelConfig setCapsicum(boolean capsicum);

    /** Whether the device has several queues. */
    boolean isMultiQueue();

    /** Sets {@link TunChannelOption#MULTI_QUEUE}. */
    TunChannelConfig setMultiQueue(boolean multiQueue);

    /** Whether the vnet header is little-endian instead of in native byte order. */
    boolean isVnetLittleEndian();

    /** Sets {@link TunChannelOption#VNET_LITTLE_ENDIAN}. */
    TunChannelConfig setVnetLittleEndian(boolean littleEndian);

    /** The network namespace in which the device is opened, {@code null} for that of the calling thread. */
    String getNetworkNamespace();

    /** Sets {@link TunChannelOption#NETWORK_NAMESPACE}. */
    TunChannelConfig setNetworkNamespace(String namespace);

    /**
     * Bytes of written frames that may wait in the kernel, {@code null} if the device is not open and none was set.
     */
    Integer getSendBufferSize();

    /** Sets {@link ChannelOption#SO_SNDBUF}. */
    TunChannelConfig setSendBufferSize(int bytes);

    @Override
    TunChannelConfig setVnetHeader(VnetHeaderLength length);

    @Override
    TunChannelConfig setVnetHeaders(List<VnetHeaderLength> lengths);

    @Override
    TunChannelConfig setOffloads(VirtioNetOffloads wanted);

    @Override
    TunChannelConfig setReadBatches(boolean batches);

    @Override
    TunChannelConfig setConnectTimeoutMillis(int connectTimeoutMillis);

    @Override
    @Deprecated
    TunChannelConfig setMaxMessagesPerRead(int maxMessagesPerRead);

    @Override
    TunChannelConfig setWriteSpinCount(int writeSpinCount);

    @Override
    TunChannelConfig setAllocator(ByteBufAllocator allocator);

    @Override
    TunChannelConfig setRecvByteBufAllocator(RecvByteBufAllocator allocator);

    @Override
    TunChannelConfig setAutoRead(boolean autoRead);

    @Override
    TunChannelConfig setAutoClose(boolean autoClose);

    @Override
    TunChannelConfig setWriteBufferHighWaterMark(int highWaterMark);

    @Override
    TunChannelConfig setWriteBufferLowWaterMark(int lowWaterMark);

    @Override
    TunChannelConfig setWriteBufferWaterMark(WriteBufferWaterMark waterMark);

    @Override
    TunChannelConfig setMessageSizeEstimator(MessageSizeEstimator estimator);
}
