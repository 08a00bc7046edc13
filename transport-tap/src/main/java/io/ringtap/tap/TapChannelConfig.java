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
import io.ringtap.ethernet.MacAddress;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VnetHeaderLength;

import java.util.List;

/**
 * The configuration of a {@link TapChannel}; see {@link TapChannelOption}. While the device is open, the getters return
 * what the kernel has, also where another program changed it or moved the interface to another network namespace. They,
 * and the setters of an open device, throw a {@link io.netty.channel.ChannelException} if the kernel refuses or the
 * device is gone. Any thread.
 */
public interface TapChannelConfig extends FrameChannelConfig {
    /** Bytes of payload in a frame, {@code null} if the device is not open and none was set. */
    Integer getMtu();

    /** Sets {@link TapChannelOption#MTU}. */
    TapChannelConfig setMtu(int mtu);

    /** The Ethernet address of the host's side, {@code null} if the device is not open and none was set. */
    MacAddress getMacAddress();

    /** Sets {@link TapChannelOption#MAC_ADDRESS}. */
    TapChannelConfig setMacAddress(MacAddress mac);

    /** The IP addresses of the interface, or before bind those to be set; empty if there are none. */
    List<IpPrefix> getAddresses();

    /** Sets {@link TapChannelOption#ADDRESSES}. */
    TapChannelConfig setAddresses(List<IpPrefix> addresses);

    /** Whether the interface is up; {@code false} if the device is not open and nothing was set. */
    boolean isUp();

    /** Sets {@link TapChannelOption#UP}. */
    TapChannelConfig setUp(boolean up);

    /** Whether the host sees a carrier; {@code false} if the device is not open and nothing was set. */
    boolean isCarrier();

    /** Sets {@link TapChannelOption#CARRIER}. */
    TapChannelConfig setCarrier(boolean carrier);

    /** Whether the device stays when the channel is closed. */
    boolean isPersist();

    /** Sets {@link TapChannelOption#PERSIST}. */
    TapChannelConfig setPersist(boolean persist);

    /** The id of the user who may open the device, {@code null} if this configuration sets none. */
    Integer getOwner();

    /** Sets {@link TapChannelOption#OWNER}. */
    TapChannelConfig setOwner(int user);

    /** The id of the group whose members may open the device, {@code null} if this configuration sets none. */
    Integer getGroup();

    /** Sets {@link TapChannelOption#GROUP}. */
    TapChannelConfig setGroup(int group);

    /** Whether bind fails if the device exists already. */
    boolean isExclusive();

    /** Sets {@link TapChannelOption#EXCLUSIVE}. */
    TapChannelConfig setExclusive(boolean exclusive);

    /** Whether bind limits the rights of the descriptors. */
    boolean isCapsicum();

    /** Sets {@link TapChannelOption#CAPSICUM}. */
    TapChannelConfig setCapsicum(boolean capsicum);

    /** Whether the device has several queues. */
    boolean isMultiQueue();

    /** Sets {@link TapChannelOption#MULTI_QUEUE}. */
    TapChannelConfig setMultiQueue(boolean multiQueue);

    /** Whether the vnet header is little-endian instead of in native byte order. */
    boolean isVnetLittleEndian();

    /** Sets {@link TapChannelOption#VNET_LITTLE_ENDIAN}. */
    TapChannelConfig setVnetLittleEndian(boolean littleEndian);

    /** The network namespace in which the device is opened, {@code null} for that of the calling thread. */
    String getNetworkNamespace();

    /** Sets {@link TapChannelOption#NETWORK_NAMESPACE}. */
    TapChannelConfig setNetworkNamespace(String namespace);

    /**
     * Bytes of written frames that may wait in the kernel, {@code null} if the device is not open and none was set.
     */
    Integer getSendBufferSize();

    /** Sets {@link ChannelOption#SO_SNDBUF}. */
    TapChannelConfig setSendBufferSize(int bytes);

    @Override
    TapChannelConfig setVnetHeader(VnetHeaderLength length);

    @Override
    TapChannelConfig setVnetHeaders(List<VnetHeaderLength> lengths);

    @Override
    TapChannelConfig setOffloads(VirtioNetOffloads wanted);

    @Override
    TapChannelConfig setReadBatches(boolean batches);

    @Override
    TapChannelConfig setConnectTimeoutMillis(int connectTimeoutMillis);

    @Override
    @Deprecated
    TapChannelConfig setMaxMessagesPerRead(int maxMessagesPerRead);

    @Override
    TapChannelConfig setWriteSpinCount(int writeSpinCount);

    @Override
    TapChannelConfig setAllocator(ByteBufAllocator allocator);

    @Override
    TapChannelConfig setRecvByteBufAllocator(RecvByteBufAllocator allocator);

    @Override
    TapChannelConfig setAutoRead(boolean autoRead);

    @Override
    TapChannelConfig setAutoClose(boolean autoClose);

    @Override
    TapChannelConfig setWriteBufferHighWaterMark(int highWaterMark);

    @Override
    TapChannelConfig setWriteBufferLowWaterMark(int lowWaterMark);

    @Override
    TapChannelConfig setWriteBufferWaterMark(WriteBufferWaterMark waterMark);

    @Override
    TapChannelConfig setMessageSizeEstimator(MessageSizeEstimator estimator);
}
