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
 * The network card of a guest, which shares its memory with this process: QEMU, cloud-hypervisor and DPDK programs
 * connect to a socket and hand over their virtqueues by vhost-user. What the guest transmits is read, what is written
 * the guest receives, and a frame costs no system call while there are others. No tap and no root is needed.
 *
 * <pre>{@code
 * // qemu-system-x86_64 ... -object memory-backend-memfd,id=m,size=512M,share=on -numa node,memdev=m
 * //     -chardev socket,id=c,path=/run/vm1.sock -netdev vhost-user,chardev=c,id=n -device virtio-net-pci,netdev=n
 * Channel guest = new Bootstrap().group(group).channel(VhostChannel.class)
 *     .handler(handler)
 *     .bind(new VhostAddress("/run/vm1.sock")).sync().channel();
 * }</pre>
 *
 * <p>The channel listens at its address, or connects to it if {@link VhostChannelOption#SERVER} is off. It serves one
 * front end at a time and stays open when that goes, for the next one; who connects meanwhile is turned away. While the
 * guest has not started its queues, a write fails and is counted as {@link io.ringtap.ethernet.DropReason#DOWN}. {@link
 * DeviceEvent.LinkUp} and {@link DeviceEvent.LinkDown} tell when the driver of the guest comes and goes, {@link
 * PeerLost} why a connection has ended, {@link VhostQueueFailed} that a queue has stopped because of what the guest has
 * put into it, and {@link DeviceEvent.BackendChanged} that a guest takes other frames than the one before.
 *
 * <p>A promise that succeeds says that the guest has the frame in its memory. A guest whose receive queue is full makes
 * writers wait. Nothing that a guest does has an effect on another channel, and it sees the memory of no other. Linux.
 */
public final class VhostChannel extends AbstractFrameChannel {
    private final DefaultVhostChannelConfig config = new DefaultVhostChannelConfig(this);

    /** A channel to be bound to a {@link VhostAddress}. */
    public VhostChannel() {
    }

    @Override
    public VhostChannelConfig config() {
        return config;
    }

    @Override
    public LinkLayer linkLayer() {
        return LinkLayer.ETHERNET;
    }

    @Override
    protected FrameDevice openDevice(SocketAddress localAddress) throws IOException {
        if (!(localAddress instanceof VhostAddress address)) {
            throw new IllegalArgumentException("a VhostChannel is bound to a VhostAddress, not to " + localAddress);
        }
        Vhost.ensureAvailability();
        return VhostPort.open(address, config.settings(), 1, config.getAllocator()).device(0);
    }

    @Override
    protected void deviceAttached(IoEventLoop loop, DescriptorWaiter waiter) {
        ((VhostDevice) device()).watch(this::tellLater, this::changeBackend);
    }

    @Override
    protected void deviceDetached() {
        if (device() instanceof VhostDevice open) {
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
            pipeline().fireUserEventTriggered(event);
            if (event instanceof DeviceEvent.LinkDown) {
                offerAgain();
            }
        }
    }

    @Override
    public boolean isLinkUp() {
        return isActive() && device() instanceof VhostDevice open && open.isUp();
    }

    @Override
    public VhostAddress localAddress() {
        return (VhostAddress) super.localAddress();
    }
}
