/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelException;
import io.netty.channel.EventLoop;
import io.ringtap.channel.DeviceDrops;
import io.ringtap.channel.FrameChannelConfig;
import io.ringtap.channel.spi.AbstractFrameChannel;
import io.ringtap.channel.spi.DefaultFrameChannelConfig;
import io.ringtap.channel.spi.DescriptorWaiter;
import io.ringtap.channel.spi.FrameDevice;
import io.ringtap.channel.spi.FrameSink;
import io.ringtap.channel.spi.SignalledReadiness;
import io.ringtap.loop.Readiness;
import io.ringtap.virtio.LinkLayer;
import io.ringtap.virtio.VirtioNetBackend;
import io.ringtap.virtio.VirtioNetHeader;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VnetHeaderLength;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.EnumSet;

/** A channel over a device that has no frames and takes all. */
final class StandInChannel extends AbstractFrameChannel {
    static final SocketAddress ADDRESS = InetSocketAddress.createUnresolved("stand-in", 1);

    private final FrameChannelConfig config = new DefaultFrameChannelConfig(this);
    private final Device device = new Device();
    private volatile boolean unknown;

    /** The device leaves other things undone from now on. */
    void change(VirtioNetOffloads offloads) {
        changeBackend(() -> device.offloads = offloads);
    }

    /** The device goes. */
    void vanish() {
        eventLoop().execute(() -> deviceGone(new IOException("the device has gone")));
    }

    /** Its state cannot be asked for from now on. */
    void becomeUnknown() {
        unknown = true;
    }

    @Override
    public boolean isLinkUp() {
        if (unknown) {
            throw new ChannelException("the state is not known");
        }
        return super.isLinkUp();
    }

    @Override
    protected FrameDevice openDevice(SocketAddress localAddress) {
        return device;
    }

    @Override
    protected boolean needsDescriptor() {
        return false;
    }

    @Override
    public FrameChannelConfig config() {
        return config;
    }

    @Override
    public LinkLayer linkLayer() {
        return LinkLayer.ETHERNET;
    }

    private static final class Device implements FrameDevice, SignalledReadiness.Source {
        private volatile VirtioNetOffloads offloads = VirtioNetOffloads.NONE;

        @Override
        public SocketAddress localAddress() {
            return ADDRESS;
        }

        @Override
        public int descriptor() {
            return -1;
        }

        @Override
        public Readiness readiness(EventLoop loop, DescriptorWaiter waiter, Readiness.Listener listener) {
            return new SignalledReadiness(this, loop, listener);
        }

        @Override
        public void onReady(Runnable signal) {
        }

        @Override
        public boolean hasMoreToRead() {
            return false;
        }

        @Override
        public boolean hasRoom() {
            return true;
        }

        @Override
        public int vnetHeaderLength() {
            return VnetHeaderLength.MERGEABLE.bytes();
        }

        @Override
        public VirtioNetHeader vnetHeader() {
            return VirtioNetHeader.of(VnetHeaderLength.MERGEABLE);
        }

        @Override
        public VirtioNetBackend vnetBackend() {
            return new VirtioNetBackend(EnumSet.of(VnetHeaderLength.MERGEABLE), VirtioNetOffloads.ALL, offloads, true);
        }

        @Override
        public void read(FrameSink sink) {
        }

        @Override
        public int write(ByteBuf frame) {
            return WRITTEN;
        }

        @Override
        public void endOfFlush() {
        }

        @Override
        public IOException failure() {
            return new IOException("failed");
        }

        @Override
        public DeviceDrops drops() {
            return DeviceDrops.UNKNOWN;
        }

        @Override
        public void close() {
        }
    }
}
