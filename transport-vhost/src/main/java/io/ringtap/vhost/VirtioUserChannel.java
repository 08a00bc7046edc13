/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vhost;

import io.netty.channel.IoEventLoop;
import io.ringtap.channel.DeviceEvent;
import io.ringtap.channel.spi.AbstractFrameChannel;
import io.ringtap.channel.spi.DescriptorWaiter;
import io.ringtap.channel.spi.FrameDevice;
import io.ringtap.virtio.LinkLayer;

import java.io.IOException;
import java.net.SocketAddress;
import java.util.concurrent.RejectedExecutionException;

/**
 * A port of a program that serves vhost-user, such as Open vSwitch with DPDK, VPP, {@code testpmd}, or a {@link
 * VhostChannel}: this process is at the place of the guest. Frames pass through virtqueues in memory that both programs
 * share, and cost no system call while there are others. No root is needed.
 *
 * <pre>{@code
 * // dpdk-testpmd --no-huge -m 512 --no-pci --vdev=net_vhost0,iface=/run/sw0.sock ...
 * Channel port = new Bootstrap().group(group).channel(VirtioUserChannel.class)
 *     .handler(handler)
 *     .bind(new VirtioUserAddress("/run/sw0.sock")).sync().channel();
 * }</pre>
 *
 * <p>The channel connects to its address, and again when the back end has gone, or listens there if {@link
 * VirtioUserChannelOption#SERVER} is on. It is bound and open whether a back end is there or not: {@link
 * DeviceEvent.LinkUp} and {@link DeviceEvent.LinkDown} tell when one comes and goes, {@link PeerLost} why a connection
 * has ended, {@link VhostQueueFailed} that a queue has stopped because of what the back end has put into it, and {@link
 * DeviceEvent.BackendChanged} that a back end takes other frames than the one before. While none is there, a write
 * fails and is counted as {@link io.ringtap.ethernet.DropReason#DOWN}.
 *
 * <p>A promise that succeeds says that the frame is in the transmit queue; those that the back end has not taken when
 * it goes are lost with the queue. A back end that is slow makes writers wait. There is one pair of queues. Linux.
 */
public final class VirtioUserChannel extends AbstractFrameChannel {
    private final DefaultVirtioUserChannelConfig config = new DefaultVirtioUserChannelConfig(this);

    /** A channel to be bound to a {@link VirtioUserAddress}. */
    public VirtioUserChannel() {
    }

    @Override
    public VirtioUserChannelConfig config() {
        return config;
    }

    @Override
    public LinkLayer linkLayer() {
        return LinkLayer.ETHERNET;
    }

    @Override
    protected FrameDevice openDevice(SocketAddress localAddress) throws IOException {
        if (!(localAddress instanceof VirtioUserAddress address)) {
            throw new IllegalArgumentException("a VirtioUserChannel is bound to a VirtioUserAddress, not to "
                + localAddress);
        }
        Vhost.ensureAvailability();
        return VirtioUserDevice.open(address, config.settings(), config.getAllocator());
    }

    @Override
    protected void deviceAttached(IoEventLoop loop, DescriptorWaiter waiter) {
        ((VirtioUserDevice) device()).watch(this::tellLater, this::changeBackend);
    }

    @Override
    protected void deviceDetached() {
        if (device() instanceof VirtioUserDevice open) {
            open.unwatch();
        }
    }

    /** From within a write or a read: the handlers are told when it is over. */
    private void tellLater(Object event) {
        try {
            eventLoop().execute(() -> tell(event));
        } catch (RejectedExecutionException e) {
            // The event loop has ended, and has closed the channel.
        }
    }

    private void tell(Object event) {
        if (!eventLoop().inEventLoop()) {
            // The channel has moved to another event loop meanwhile.
            tellLater(event);
        } else if (isActive()) {
            if (event instanceof DeviceEvent deviceEvent) {
                fireDeviceEvent(deviceEvent);
            } else {
                pipeline().fireUserEventTriggered(event);
            }
            if (event instanceof DeviceEvent.LinkDown) {
                offerAgain();
            }
        }
    }

    @Override
    public boolean isLinkUp() {
        return isActive() && device() instanceof VirtioUserDevice open && open.isUp();
    }

    @Override
    public VirtioUserAddress localAddress() {
        return (VirtioUserAddress) super.localAddress();
    }
}
