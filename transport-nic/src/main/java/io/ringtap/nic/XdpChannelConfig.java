/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.nic;

import io.ringtap.channel.FrameChannelConfig;

/** The configuration of an {@link XdpChannel}; see {@link XdpChannelOption}. Any thread. */
public interface XdpChannelConfig extends FrameChannelConfig {
    /** The queue whose frames are taken. */
    int getQueue();

    /** Sets {@link XdpChannelOption#QUEUE}, before bind. */
    XdpChannelConfig setQueue(int queue);

    /** Whether the frames of an interface with an IP address may be taken. */
    boolean isTakeAll();

    /** Sets {@link XdpChannelOption#TAKE_ALL}, before bind. */
    XdpChannelConfig setTakeAll(boolean all);

    /** Whether the driver uses the memory of the channel; before bind {@code null} if it may choose. */
    Boolean getZeroCopy();

    /** Sets {@link XdpChannelOption#ZERO_COPY}, before bind. */
    XdpChannelConfig setZeroCopy(Boolean zeroCopy);

    /** The network namespace of the interface, {@code null} for that of the calling thread. */
    String getNetworkNamespace();

    /** Sets {@link XdpChannelOption#NETWORK_NAMESPACE}, before bind. */
    XdpChannelConfig setNetworkNamespace(String namespace);
}
