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
import io.ringtap.channel.FrameChannelOption;
import io.ringtap.channel.spi.DescriptorWaiter;
import io.ringtap.channel.spi.FrameSink;
import io.ringtap.ethernet.DropReason;
import io.ringtap.ethernet.FrameRefusedException;
import io.ringtap.internal.unix.Errno;
import io.ringtap.virtio.VirtioNetBackend;
import io.ringtap.virtio.VirtioNetHeader;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VnetHeaderLength;

import java.io.IOException;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * A utun of macOS: one read(2) a packet, one writev(2) a packet, the address family in front of each. What it relies on
 * is in {@code bsd/net/if_utun.c}; it was tested against recorded calls only and not run by us on macOS.
 */
final class UtunDevice implements TapDevice {
    private static final FamilyPrefix FAMILY = new FamilyPrefix(DarwinUtun.AF_INET6);

    private final DeviceCalls calls;
    private final UtunLink link;
    private final int fd;
    private final Map<DropReason, FrameRefusedException> refusals = new EnumMap<>(DropReason.class);
    private volatile TunAddress lastAddress;
    private volatile int receiveCapacity;

    /** An open device. */
    UtunDevice(DeviceCalls calls, UtunLink link) throws IOException {
        this.calls = calls;
        this.link = link;
        fd = link.descriptor();
        lastAddress = TunAddress.told(link.name());
        measure();
    }

    /** Sets how long a received packet may be; a byte more tells one that was cut off. */
    private void measure() throws IOException {
        receiveCapacity = FamilyPrefix.LENGTH + TunKind.TUN.longestFrame(link.mtu(), false) + 1;
    }

    @Override
    public TunAddress localAddress() {
        try {
            String name = link.name();
            if (!name.equals(lastAddress.name())) {
                lastAddress = TunAddress.told(name);
            }
        } catch (IOException closed) {
            // A message still has to name it.
        }
        return lastAddress;
    }

    @Override
    public int descriptor() {
        return fd;
    }

    @Override
    public int receiveCapacity() {
        return receiveCapacity;
    }

    @Override
    public void truncated(FrameSink sink) throws IOException {
        sink.drop(DropReason.TRUNCATED);
        measure();
    }

    @Override
    public boolean canBeFull() {
        return true;
    }

    @Override
    public int vnetHeaderLength() {
        return 0;
    }

    @Override
    public VirtioNetHeader vnetHeader() {
        return VirtioNetHeader.of(VnetHeaderLength.NONE);
    }

    @Override
    public VirtioNetBackend vnetBackend() {
        return VirtioNetBackend.PLAIN;
    }

    @Override
    public void read(FrameSink sink) throws IOException {
        while (true) {
            ByteBuf packet = sink.allocate(receiveCapacity);
            int room = packet.writableBytes();
            long n = calls.read(fd, packet);
            if (n > FamilyPrefix.LENGTH && n < room) {
                packet.writerIndex(packet.writerIndex() + (int) n).skipBytes(FamilyPrefix.LENGTH);
                if (!sink.frame(packet)) {
                    return;
                }
            } else if (n >= room) {
                truncated(sink);
            } else if (n > 0) {
                sink.drop(DropReason.MALFORMED);
            } else if (!Errno.EINTR.is(n)) {
                ensureThere(n);
                return;
            }
        }
    }

    @Override
    public int write(ByteBuf packet) throws IOException {
        ByteBuf message = FAMILY.before(packet);
        if (message == null) {
            throw refusal(DropReason.REFUSED);
        }
        long n;
        try {
            n = calls.write(fd, message);
        } finally {
            message.release();
        }
        if (n >= 0) {
            return WRITTEN;
        }
        if (Errno.EAGAIN.is(n)) {
            return FULL;
        }
        ensureThere(n);
        throw refusal(Errno.EMSGSIZE.is(n) ? DropReason.TOO_LONG
            : Errno.ENOBUFS.is(n) || Errno.ENOMEM.is(n) ? DropReason.NO_BUFFERS : DropReason.REFUSED);
    }

    private void ensureThere(long result) throws IOException {
        if (Errno.ENXIO.is(result) || Errno.EBADF.is(result)) {
            throw failure();
        }
    }

    private FrameRefusedException refusal(DropReason reason) {
        return refusals.computeIfAbsent(reason, r -> new FrameRefusedException(r, lastAddress + whyRefused(r)));
    }

    private static String whyRefused(DropReason reason) {
        switch (reason) {
            case NO_BUFFERS:
                return " refused a packet: the kernel has no memory for it";
            case TOO_LONG:
                return " refused a packet: it is too long";
            default:
                return " refused a packet: " + TunKind.TUN.malformed() + ", or the kernel finds it invalid";
        }
    }

    @Override
    public void endOfFlush() {
        // Each packet has gone out with its own call.
    }

    @Override
    public IOException failure() {
        return new IOException(lastAddress + " is gone");
    }

    @Override
    public DeviceDrops drops() {
        return DeviceDrops.UNKNOWN;
    }

    @Override
    public Object read(ChannelOption<?> option) throws IOException {
        if (option == TapChannelOption.MTU) {
            return link.mtu();
        }
        if (option == TapChannelOption.UP) {
            return (link.flags() & FreeBsdTap.IFF_UP) != 0;
        }
        if (option == FrameChannelOption.OFFLOADS) {
            return VirtioNetOffloads.NONE;
        }
        if (option == FrameChannelOption.VNET_HEADER) {
            return VnetHeaderLength.NONE;
        }
        return null;
    }

    @Override
    public void change(ChannelOption<?> option, Object value) throws IOException {
        if (option == TapChannelOption.MTU) {
            TapSettings.requireNone(TapSettings.mtuProblem(TunKind.TUN, (Integer) value));
            link.setMtu((Integer) value);
            measure();
        } else if (option == TapChannelOption.UP) {
            link.setUp((Boolean) value);
        } else {
            throw new IllegalStateException(option.name() + " of " + lastAddress
                + " cannot be changed while the channel is active on macOS");
        }
    }

    /** Nothing is told: the news of macOS's links is on a socket of its own, which is not listened to. */
    @Override
    public void watch(IoEventLoop loop, DescriptorWaiter waiter, Consumer<DeviceEvent> events,
                      Consumer<IOException> gone) {
        // A packet longer than the MTU was is seen as it fills its buffer.
    }

    @Override
    public void unwatch() {
        // Never watched.
    }

    @Override
    public void close() {
        link.close();
    }

    /** For the message of an exception that names no device itself. */
    @Override
    public String toString() {
        return lastAddress.toString();
    }
}
