/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.netty.channel.IoEventLoop;
import io.ringtap.channel.AbstractFrameChannel;
import io.ringtap.channel.FrameDevice;
import io.ringtap.loop.ReadinessForm;

import java.io.IOException;
import java.net.SocketAddress;

/**
 * A tap device: the far end of a virtual Ethernet cable whose near end is a network interface of the host. What the
 * host sends there arrives here, one frame a message, and what is written here the host receives.
 *
 * <pre>{@code
 * EventLoopGroup group = new MultiThreadIoEventLoopGroup(EpollIoHandler.newFactory());
 * Channel tap = new Bootstrap().group(group).channel(TapChannel.class)
 *     .option(TapChannelOption.UP, true)
 *     .handler(handler)
 *     .bind(new TapAddress("tap0")).sync().channel();
 * }</pre>
 *
 * <p>Linux. The group's handler is one of Netty's native ones, whose loops carry sockets as well, or {@link
 * io.ringtap.loop.PollIoHandler}.
 */
public final class TapChannel extends AbstractFrameChannel {
    private final TapChannelConfig config = new TapChannelConfig(this);

    /** A channel to be bound to a {@link TapAddress}. */
    public TapChannel() {
    }

    /**
     * A channel over a descriptor that was opened and attached elsewhere, as by a privileged parent process; active as
     * soon as it is registered. Its vnet header stays as it was set.
     *
     * @param descriptor of /dev/net/tun with IFF_TAP and IFF_NO_PI, the latter of which the kernel gives no means to
     *     check; the channel owns it if this constructor returns
     * @throws IllegalArgumentException if it is no such descriptor
     * @throws IOException if it cannot be asked
     */
    public TapChannel(int descriptor) throws IOException {
        Tap.ensureAvailability();
        adopt(LinuxTapOpener.adopt(descriptor));
    }

    @Override
    public TapChannelConfig config() {
        return config;
    }

    @Override
    public TapAddress localAddress() {
        FrameDevice open = device();
        return open == null ? (TapAddress) super.localAddress() : (TapAddress) open.localAddress();
    }

    /** The open device, {@code null} before bind and after close. Any thread. */
    TapDevice tapDevice() {
        return (TapDevice) device();
    }

    @Override
    protected FrameDevice openDevice(SocketAddress localAddress) throws IOException {
        if (!(localAddress instanceof TapAddress address)) {
            throw new IllegalArgumentException("a TapChannel is bound to a TapAddress, not to " + localAddress);
        }
        TapSettings settings = config.settings();
        Tap.ensureAvailability();
        return LinuxTapOpener.open(address, settings);
    }

    @Override
    protected void deviceAttached(IoEventLoop loop, ReadinessForm form) throws IOException {
        tapDevice().watch(loop, form, pipeline()::fireUserEventTriggered, this::deviceGone);
    }

    @Override
    protected void deviceDetached() {
        TapDevice open = tapDevice();
        if (open != null) {
            open.unwatch();
        }
    }
}
