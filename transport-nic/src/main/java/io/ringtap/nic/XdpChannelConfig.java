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

    /** Which frames are taken; {@code null} unless set. */
    XdpTake getTake();

    /** Sets {@link XdpChannelOption#TAKE}, before bind. */
    XdpChannelConfig setTake(XdpTake take);

    /** Whether the program runs in the network stack; before bind {@code null} if the driver may choose. */
    Boolean getGeneric();

    /** Sets {@link XdpChannelOption#GENERIC}, before bind. */
    XdpChannelConfig setGeneric(Boolean generic);

    /** Microseconds for which a call polls the queue; 0 for none. */
    int getBusyPoll();

    /** Sets {@link XdpChannelOption#BUSY_POLL}, before bind. */
    XdpChannelConfig setBusyPoll(int micros);

    /** Whether the driver uses the memory of the channel; before bind {@code null} if it may choose. */
    Boolean getZeroCopy();

    /** Sets {@link XdpChannelOption#ZERO_COPY}, before bind. */
    XdpChannelConfig setZeroCopy(Boolean zeroCopy);

    /** Whether the memory of frames is in huge pages. */
    boolean isHugePages();

    /** Sets {@link XdpChannelOption#HUGE_PAGES}, before bind. */
    XdpChannelConfig setHugePages(boolean hugePages);

    /** How many channels may share the memory of frames. */
    int getMemoryShares();

    /** Sets {@link XdpChannelOption#MEMORY_SHARES}, before bind. */
    XdpChannelConfig setMemoryShares(int shares);

    /** The network namespace of the interface, {@code null} for that of the calling thread. */
    String getNetworkNamespace();

    /** Sets {@link XdpChannelOption#NETWORK_NAMESPACE}, before bind. */
    XdpChannelConfig setNetworkNamespace(String namespace);
}
