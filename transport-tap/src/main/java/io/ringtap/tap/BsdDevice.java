/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelOption;
import io.netty.channel.IoEventLoop;
import io.ringtap.channel.DeviceDrops;
import io.ringtap.channel.DeviceEvent;
import io.ringtap.channel.spi.DescriptorWaiter;
import io.ringtap.channel.spi.FrameSink;
import io.ringtap.ethernet.DropReason;
import io.ringtap.ethernet.FrameRefusedException;
import io.ringtap.internal.unix.Errno;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VnetHeaderLength;

import java.io.IOException;
import java.util.function.Consumer;

/**
 * What the taps and TUN devices of FreeBSD and macOS share: the address family in front of each packet of a TUN device,
 * and options that are set by ioctl. They were tested against recorded calls only and not run by us on either system.
 */
abstract class BsdDevice extends InterfaceDevice {
    private final DeviceCalls calls;
    private final BsdLink link;
    private final FamilyPrefix family;
    private final String system;

    /**
     * An open device.
     *
     * @param family what stands in front of each packet, {@code null} on a tap
     * @param system its name, for messages
     */
    BsdDevice(DeviceCalls calls, TunKind kind, BsdLink link, VnetHeaderLength vnetHeader, VirtioNetOffloads offloads,
              FamilyPrefix family, String system) throws IOException {
        super(kind, link.descriptor(), link.name(), vnetHeader, offloads, family == null ? 0 : FamilyPrefix.LENGTH);
        this.calls = calls;
        this.link = link;
        this.family = family;
        this.system = system;
        measure();
    }

    /** Makes room for the longest frame at the MTU that the interface has now. */
    private void measure() throws IOException {
        setReceiveCapacity(Math.max(receiveCapacity(), capacityFor(kind().longestFrame(link.mtu(), false))));
    }

    @Override
    final String currentName() {
        try {
            return link.name();
        } catch (IOException closed) {
            // A message still has to name it.
            return lastAddress().name();
        }
    }

    @Override
    final long receive(ByteBuf into, int room) {
        return calls.read(descriptor(), into);
    }

    @Override
    public final void truncated(FrameSink sink) throws IOException {
        sink.drop(DropReason.TRUNCATED);
        measure();
    }

    @Override
    final boolean isGone(long error) {
        return Errno.ENXIO.is(error) || Errno.EBADF.is(error);
    }

    /** write(2) of a frame, behind its address family where there is one. */
    final long send(ByteBuf frame) throws FrameRefusedException {
        if (family == null) {
            return calls.write(descriptor(), frame);
        }
        ByteBuf message = family.before(frame);
        if (message == null) {
            throw refusal(DropReason.REFUSED);
        }
        try {
            return calls.write(descriptor(), message);
        } finally {
            message.release();
        }
    }

    @Override
    final String upCommand() {
        return "ifconfig " + lastAddress().shownName() + " up";
    }

    @Override
    String whyRefused(DropReason reason) {
        return super.whyRefused(reason) + (reason == DropReason.REFUSED ? ", or the kernel finds it invalid" : "");
    }

    @Override
    public final DeviceDrops drops() {
        return DeviceDrops.UNKNOWN;
    }

    @Override
    public Object read(ChannelOption<?> option) throws IOException {
        if (option == InterfaceChannelOption.MTU) {
            return link.mtu();
        }
        if (option == InterfaceChannelOption.UP) {
            return (link.flags() & FreeBsdTap.IFF_UP) != 0;
        }
        return super.read(option);
    }

    @Override
    public void change(ChannelOption<?> option, Object value) throws IOException {
        if (option == InterfaceChannelOption.MTU) {
            TapSettings.requireNone(TapSettings.mtuProblem(kind(), (Integer) value));
            link.setMtu((Integer) value);
            measure();
        } else if (option == InterfaceChannelOption.UP) {
            link.setUp((Boolean) value);
        } else {
            throw new IllegalStateException(option.name() + " of " + lastAddress()
                + " cannot be changed while the channel is active on " + system);
        }
    }

    /** No event is reported: the system reports changes of links on a socket that is not listened to. */
    @Override
    public final void watch(IoEventLoop loop, DescriptorWaiter waiter, Consumer<DeviceEvent> events,
                            Consumer<IOException> gone) {
        // A frame that is longer than the MTU was is seen by its length, and a link that is down by the first write.
    }

    @Override
    public final void unwatch() {
        // Never watched.
    }

    @Override
    public final void close() {
        link.close();
    }
}
