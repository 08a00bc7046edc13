/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.nic;

import io.netty.channel.IoEventLoop;
import io.ringtap.channel.DeviceEvent;
import io.ringtap.channel.spi.AbstractFrameChannel;
import io.ringtap.channel.spi.DescriptorWaiter;
import io.ringtap.internal.nic.link.NicDevice;
import io.ringtap.virtio.LinkLayer;

/** A channel of a network interface, whose events it fires. */
abstract class NicChannel extends AbstractFrameChannel {
    /** The open device, {@code null} before bind and after close. Any thread. */
    final NicDevice nicDevice() {
        return (NicDevice) device();
    }

    @Override
    public final LinkLayer linkLayer() {
        return LinkLayer.ETHERNET;
    }

    @Override
    public final boolean isLinkUp() {
        NicDevice open = nicDevice();
        return open != null && isActive() && open.isRunning();
    }

    @Override
    protected final void deviceAttached(IoEventLoop loop, DescriptorWaiter waiter) {
        nicDevice().watch(loop, waiter, this::linkChanged, this::deviceGone);
    }

    private void linkChanged(DeviceEvent event) {
        fireDeviceEvent(event);
        if (event instanceof DeviceEvent.LinkDown) {
            offerAgain();
        }
    }

    @Override
    protected final void deviceDetached() {
        NicDevice open = nicDevice();
        if (open != null) {
            open.unwatch();
        }
    }
}
