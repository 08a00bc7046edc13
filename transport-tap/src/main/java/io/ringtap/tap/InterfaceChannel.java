/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.netty.channel.ChannelException;
import io.netty.channel.IoEventLoop;
import io.netty.util.concurrent.Future;
import io.ringtap.channel.DeviceEvent;
import io.ringtap.channel.PortIdentity;
import io.ringtap.channel.spi.AbstractFrameChannel;
import io.ringtap.channel.spi.DescriptorWaiter;
import io.ringtap.channel.spi.FrameDevice;
import io.ringtap.internal.link.InterfaceIdentity;
import io.ringtap.internal.unix.OperatingSystem;
import io.ringtap.virtio.LinkLayer;

import java.io.IOException;
import java.net.SocketAddress;
import java.util.concurrent.TimeUnit;

/** A channel over a network interface of the host: what {@link TapChannel} and {@link TunChannel} share. */
abstract class InterfaceChannel extends AbstractFrameChannel {
    /**
     * After this time super-frames are offered again to a kernel that has refused some. A guest can make frames that a
     * kernel refuses, and must not have them segmented for ever.
     */
    private static final long OFFER_AGAIN_SECONDS = 60;

    private final TunKind kind;
    /** {@code null} while the kernel takes super-frames. */
    private Future<?> offerAgain;

    InterfaceChannel(TunKind kind) {
        this.kind = kind;
    }

    /** The options as they are now, checked against each other. */
    abstract TapSettings settings();

    @Override
    public final LinkLayer linkLayer() {
        return kind.linkLayer();
    }

    @Override
    protected final PortIdentity identity(SocketAddress bound) {
        return InterfaceIdentity.of(bound, ((InterfaceAddress) bound).isPattern(),
            config().getOption(InterfaceChannelOption.NETWORK_NAMESPACE));
    }

    @Override
    public final boolean isLinkUp() {
        try {
            return isActive() && Boolean.TRUE.equals(config().getOption(InterfaceChannelOption.UP))
                && !Boolean.FALSE.equals(config().getOption(InterfaceChannelOption.CARRIER));
        } catch (ChannelException outOfReach) {
            // Of an interface that is out of reach frames are read and written all the same.
            return isActive();
        }
    }

    @Override
    public final int interfaceMtu() {
        Integer mtu = isActive() ? config().getOption(InterfaceChannelOption.MTU) : null;
        return mtu == null ? 0 : mtu;
    }

    @Override
    public final boolean setInterfaceMtu(int mtu) {
        return isActive() && config().setOption(InterfaceChannelOption.MTU, mtu);
    }

    TunKind kind() {
        return kind;
    }

    /** The open device, {@code null} before bind and after close. Any thread. */
    final TapDevice tapDevice() {
        return (TapDevice) device();
    }

    @Override
    protected final FrameDevice openDevice(SocketAddress localAddress) throws IOException {
        if (localAddress == null || localAddress.getClass() != kind.addressType()) {
            throw new IllegalArgumentException("a " + getClass().getSimpleName() + " is bound to a "
                + kind.addressType().getSimpleName() + ", not to " + localAddress);
        }
        TapSettings settings = settings();
        InterfaceAddress address = (InterfaceAddress) localAddress;
        if (isUtun()) {
            return UtunOpener.open(DeviceCalls.ofSystem(), address, settings);
        }
        Tap.ensureAvailability();
        if (!OperatingSystem.isFreeBsd()) {
            return LinuxTunOpener.open(kind, address, settings);
        }
        return FreeBsdTapOpener.open(DeviceCalls.ofSystem(), kind, address, settings);
    }

    /** macOS has TUN devices, and no taps. */
    private boolean isUtun() {
        return OperatingSystem.isMacOs() && kind == TunKind.TUN;
    }

    /**
     * A device that was opened and attached elsewhere.
     *
     * @param here whether its interface is in the network namespace of this thread, as who opened it knows
     */
    final TapDevice adopted(int descriptor, boolean here) throws IOException {
        if (isUtun()) {
            return UtunOpener.adopt(DeviceCalls.ofSystem(), descriptor);
        }
        Tap.ensureAvailability();
        if (!OperatingSystem.isFreeBsd()) {
            return LinuxTunOpener.adopt(kind, descriptor, here);
        }
        return FreeBsdTapOpener.adopt(DeviceCalls.ofSystem(), kind, descriptor);
    }

    @Override
    protected final void deviceAttached(IoEventLoop loop, DescriptorWaiter waiter) throws IOException {
        tapDevice().watch(loop, waiter, this::linkChanged, this::deviceGone);
        tapDevice().onSuperFramesRefused(this::superFramesRefused);
        if (offerAgain != null) {
            // Refused on the event loop that the channel has left.
            offerAgainLater();
        }
    }

    private void superFramesRefused() {
        TapDevice open = tapDevice();
        changeBackend(() -> open.takeSuperFrames(false));
        offerAgainLater();
    }

    private void offerAgainLater() {
        offerAgain = eventLoop().schedule(this::offerSuperFramesAgain, OFFER_AGAIN_SECONDS, TimeUnit.SECONDS);
    }

    /** On the event loop. */
    final void offerSuperFramesAgain() {
        TapDevice open = tapDevice();
        if (open != null && eventLoop().inEventLoop()) {
            offerAgain = null;
            changeBackend(() -> open.takeSuperFrames(true));
        }
    }

    private void linkChanged(DeviceEvent event) {
        fireDeviceEvent(event);
        if (event instanceof DeviceEvent.LinkDown) {
            offerAgain();
        }
    }

    @Override
    protected final void deviceDetached() {
        TapDevice open = tapDevice();
        if (open != null) {
            open.unwatch();
        }
        if (offerAgain != null) {
            offerAgain.cancel(false);
        }
    }
}
