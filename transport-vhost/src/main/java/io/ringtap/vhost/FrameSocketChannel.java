/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vhost;

import io.netty.channel.ChannelOption;
import io.netty.channel.IoEventLoop;
import io.ringtap.channel.DeviceEvent;
import io.ringtap.channel.FrameChannelConfig;
import io.ringtap.channel.spi.AbstractFrameChannel;
import io.ringtap.channel.spi.DescriptorWaiter;
import io.ringtap.channel.spi.FrameDevice;
import io.ringtap.virtio.LinkLayer;

import java.io.IOException;
import java.net.SocketAddress;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;

/** A channel whose frames pass through a socket: its options, and the events of its link. */
abstract class FrameSocketChannel extends AbstractFrameChannel {
    private final FrameSocketConfig config;

    /** @param options those of {@link FrameSocketOption} that it has, and SO_SNDBUF */
    FrameSocketChannel(List<ChannelOption<?>> options) {
        config = new FrameSocketConfig(this, options);
    }

    /** Opens the device; the address is not checked yet. */
    abstract SocketDevice open(SocketAddress localAddress, FrameSocketSettings settings) throws IOException;

    @Override
    protected final FrameDevice openDevice(SocketAddress localAddress) throws IOException {
        return open(localAddress, config.settings());
    }

    @Override
    protected final void deviceAttached(IoEventLoop loop, DescriptorWaiter waiter) {
        ((SocketDevice) device()).watch(loop, this::tellLater);
    }

    @Override
    protected final void deviceDetached() {
        if (device() instanceof SocketDevice open) {
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
    public final boolean isLinkUp() {
        return isActive() && device() instanceof SocketDevice open && open.isUp();
    }

    @Override
    public final LinkLayer linkLayer() {
        return LinkLayer.ETHERNET;
    }

    @Override
    public final FrameChannelConfig config() {
        return config;
    }
}
