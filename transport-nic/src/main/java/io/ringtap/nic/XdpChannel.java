/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.nic;

import io.ringtap.channel.PortIdentity;
import io.ringtap.channel.spi.FrameDevice;
import io.ringtap.internal.nic.xdp.QueueIdentity;
import io.ringtap.internal.nic.xdp.XdpDevice;
import io.ringtap.internal.nic.xdp.XdpOpener;
import io.ringtap.virtio.VnetHeaderLength;

import java.io.IOException;
import java.net.SocketAddress;

/**
 * One queue of a network interface of Linux through an AF_XDP socket. The channel <em>takes</em> the frames that come
 * by the queue: the network stack of the host does not receive them. Those of other queues go to the host as before.
 *
 * <p>An XDP program hands the frames over; it is attached as long as the channel is open, and gone with a process
 * that is killed. Opening one needs CAP_NET_RAW, CAP_NET_ADMIN and CAP_BPF. Checksums that a virtual interface leaves
 * unfinished are completed.
 */
public final class XdpChannel extends NicChannel {
    private final DefaultXdpChannelConfig config = new DefaultXdpChannelConfig(this);

    /** A channel to be bound to an {@link XdpAddress}. */
    public XdpChannel() {
    }

    @Override
    public XdpChannelConfig config() {
        return config;
    }

    /** The open device, {@code null} before bind and after close. Any thread. */
    XdpDevice xdpDevice() {
        return (XdpDevice) nicDevice();
    }

    @Override
    protected PortIdentity identity(SocketAddress bound) {
        return QueueIdentity.of(bound, config.getNetworkNamespace(), config.getQueue());
    }

    @Override
    protected FrameDevice openDevice(SocketAddress localAddress) throws IOException {
        if (!(localAddress instanceof XdpAddress address)) {
            throw new IllegalArgumentException("an XdpChannel is bound to an XdpAddress, not to " + localAddress);
        }
        if (!config.getVnetHeaders().contains(VnetHeaderLength.NONE)) {
            throw new IllegalArgumentException(address + ": frames of AF_XDP have no vnet header: set vnet=0");
        }
        Xdp.ensureAvailability();
        return XdpOpener.open(address.name(), config.settings(), XdpAddress::told);
    }

    /** The address of the interface with its current name, as far as is known; {@code null} before bind. */
    @Override
    public XdpAddress localAddress() {
        FrameDevice open = device();
        return open == null ? (XdpAddress) super.localAddress() : (XdpAddress) open.localAddress();
    }
}
