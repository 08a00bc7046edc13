/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vxlan;

import io.netty.channel.IoEventLoop;
import io.ringtap.channel.DeviceEvent;
import io.ringtap.channel.FrameChannelConfig;
import io.ringtap.channel.PortIdentity;
import io.ringtap.channel.spi.AbstractFrameChannel;
import io.ringtap.channel.spi.DescriptorWaiter;
import io.ringtap.channel.spi.FrameDevice;
import io.ringtap.internal.vxlan.VxlanDevice;
import io.ringtap.virtio.LinkLayer;

import java.io.IOException;
import java.net.SocketAddress;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;

/**
 * One end of a virtual Ethernet between hosts (RFC 7348): what is written goes to the end that the destination is
 * behind, or to all other ends while that is not known, and what the other ends send is read. A frame never goes from
 * one other end to another.
 *
 * <pre>{@code
 * EventLoopGroup group = new MultiThreadIoEventLoopGroup(EpollIoHandler.newFactory());
 * Channel overlay = new Bootstrap().group(group).channel(VxlanChannel.class)
 *     .option(VxlanChannelOption.REMOTES, List.of("192.0.2.2", "192.0.2.3"))
 *     .handler(handler)
 *     .bind(new VxlanAddress(42, InetAddress.getByName("192.0.2.1"))).sync().channel();
 * }</pre>
 *
 * <p>Datagrams of others than the remotes are dropped and counted. There is no encryption, and whoever can send with
 * the address of a remote can send frames into the network: RFC 7348, section 7.
 *
 * <p>The network between the ends carries 50 bytes more for each frame with IPv4, and 70 with IPv6. {@link #innerMtu()}
 * is the MTU that is left, which the network interfaces of the virtual network need to have; a {@link
 * DeviceEvent.MtuChanged} tells of it. The group's handler is one of Netty's native ones, or {@link
 * io.ringtap.loop.PollIoHandler}. No privilege is needed.
 */
public final class VxlanChannel extends AbstractFrameChannel {
    private final VxlanConfig config = new VxlanConfig(this);

    /** A channel to be bound to a {@link VxlanAddress}. */
    public VxlanChannel() {
    }

    @Override
    public FrameChannelConfig config() {
        return config;
    }

    /** The open device, {@code null} before bind and after close. Any thread. */
    VxlanDevice vxlanDevice() {
        return (VxlanDevice) device();
    }

    @Override
    public LinkLayer linkLayer() {
        return LinkLayer.ETHERNET;
    }

    /**
     * The largest MTU of network interfaces that send through the tunnel to any of its ends; 0 before bind, and while
     * there are no other ends. It is asked for anew every few seconds. Any thread.
     */
    public int innerMtu() {
        VxlanDevice open = vxlanDevice();
        return open == null ? 0 : open.innerMtu();
    }

    @Override
    public int carriedMtu() {
        return innerMtu();
    }

    /** What the tunnel counts beside the frames; all zero before bind and after close. Any thread. */
    public VxlanStats vxlanStats() {
        VxlanDevice open = vxlanDevice();
        return open == null ? new VxlanStats(0, 0, 0, 0, 0, 0)
            : new VxlanStats(open.stations().size(), open.stations().moved(), open.stations().refused(),
                open.counters().undelivered(), open.counters().copiesLost(), open.counters().tooBigAnswers());
    }

    @Override
    protected PortIdentity identity(SocketAddress bound) {
        return VxlanIdentity.of((VxlanAddress) bound, config.getOption(VxlanChannelOption.NETWORK_NAMESPACE));
    }

    @Override
    protected FrameDevice openDevice(SocketAddress localAddress) throws IOException {
        if (!(localAddress instanceof VxlanAddress address)) {
            throw new IllegalArgumentException("a VxlanChannel is bound to a VxlanAddress, not to " + localAddress);
        }
        Vxlan.ensureAvailability();
        VxlanAddress complete = config.complete(address);
        return VxlanDevice.open(complete, config.settings(complete));
    }

    @Override
    protected void deviceAttached(IoEventLoop loop, DescriptorWaiter waiter) throws IOException {
        vxlanDevice().watch(loop, waiter, this::tellLater);
    }

    @Override
    protected void deviceDetached() {
        VxlanDevice open = vxlanDevice();
        if (open != null) {
            open.unwatch();
        }
    }

    /** On the event loop of the channel, which has it open. */
    void setRemotes(VxlanDevice open, List<String> remotes) {
        if (eventLoop().inEventLoop()) {
            if (open == vxlanDevice()) {
                open.setRemotes(remotes);
            }
        } else {
            eventLoop().execute(() -> setRemotes(open, remotes));
        }
    }

    /** From within a write or a read: the handlers are told when it is over. */
    private void tellLater(DeviceEvent event) {
        try {
            eventLoop().execute(() -> {
                if (isActive()) {
                    fireDeviceEvent(event);
                }
            });
        } catch (RejectedExecutionException e) {
            // The event loop has ended, and has closed the channel.
        }
    }

    /** Where this end receives; {@code null} before bind. */
    @Override
    public VxlanAddress localAddress() {
        FrameDevice open = device();
        return open == null ? (VxlanAddress) super.localAddress() : (VxlanAddress) open.localAddress();
    }
}
