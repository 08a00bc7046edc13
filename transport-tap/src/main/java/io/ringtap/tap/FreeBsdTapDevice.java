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
import io.ringtap.ethernet.MacAddress;
import io.ringtap.internal.unix.Errno;
import io.ringtap.internal.unix.NativeMemory;
import io.ringtap.virtio.VirtioNetBackend;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VnetHeaderLength;

import java.io.IOException;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.function.Consumer;

/**
 * A tap, a vmnet or a TUN device of FreeBSD: FIONREAD and one read(2) a frame, one write(2) or writev(2) a frame. What
 * it relies on is in {@code sys/net/if_tuntap.c}; it was tested against recorded calls only and not run by us on
 * FreeBSD. On a TUN device the address family stands in front of each packet towards the kernel.
 *
 * <p>An interface cannot go away while it is open: {@code ifconfig NAME destroy} waits for the channel to close.
 * Closing a tap or a TUN device sets it down and takes its IP addresses; a vmnet device keeps them.
 */
final class FreeBsdTapDevice implements TapDevice {
    private static final FamilyPrefix FAMILY = new FamilyPrefix(FreeBsdTap.AF_INET6);

    private final DeviceCalls calls;
    private final TunKind kind;
    private final FreeBsdTapLink link;
    private final int fd;
    private final VnetHeaderLength vnetHeader;
    private final VirtioNetOffloads offloads;
    private final NativeMemory next = NativeMemory.allocate(Integer.BYTES);
    private final Map<DropReason, FrameRefusedException> refusals = new EnumMap<>(DropReason.class);
    /** Octets in front of each frame that are neither the frame's nor its vnet header's. */
    private final int prefix;
    private volatile InterfaceAddress lastAddress;
    private volatile int receiveCapacity;

    /**
     * An open device.
     *
     * @param offloads what the interface has agreed to give
     */
    FreeBsdTapDevice(DeviceCalls calls, TunKind kind, FreeBsdTapLink link, VnetHeaderLength vnetHeader,
                     VirtioNetOffloads offloads) throws IOException {
        this.calls = calls;
        this.kind = kind;
        prefix = kind == TunKind.TUN ? FamilyPrefix.LENGTH : 0;
        this.link = link;
        fd = link.descriptor();
        this.vnetHeader = vnetHeader;
        this.offloads = offloads;
        lastAddress = kind.address(link.name());
        receiveCapacity = capacityAtMtu();
    }

    private int capacityAtMtu() throws IOException {
        return capacityFor(prefix + kind.longestFrame(link.mtu(), false));
    }

    /** Room for a frame and its prefix, its vnet header, and a byte that tells one that was cut off. */
    private int capacityFor(int frame) {
        return vnetHeader.bytes() + frame + 1;
    }

    @Override
    public InterfaceAddress localAddress() {
        try {
            String name = link.name();
            if (!name.equals(lastAddress.name())) {
                lastAddress = kind.address(name);
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
        receiveCapacity = Math.max(receiveCapacity, capacityAtMtu());
    }

    @Override
    public boolean canBeFull() {
        // The driver drops what it has no room for, and is always writable.
        return false;
    }

    @Override
    public int vnetHeaderLength() {
        return vnetHeader.bytes();
    }

    @Override
    public VirtioNetBackend vnetBackend() {
        // The driver would take a frame without a checksum, but does not complete it where the host forwards the
        // frame, nor does it segment: so nothing is left undone for it.
        return new VirtioNetBackend(EnumSet.of(vnetHeader), VirtioNetOffloads.NONE, offloads, true);
    }

    @Override
    public void read(FrameSink sink) throws IOException {
        while (true) {
            int known = calls.ioctl(fd, FreeBsdTap.FIONREAD, next);
            ensureThere(known);
            int length = next.buffer().getInt(0);
            if (known < 0 || length <= 0) {
                return;
            }
            if (capacityFor(length) > receiveCapacity) {
                // Twofold, as each growth gives up the buffers there are: super-frames come in every length.
                receiveCapacity = Math.max(capacityFor(length), 2 * receiveCapacity);
            }
            ByteBuf frame = sink.allocate(receiveCapacity);
            int room = frame.writableBytes();
            long n = calls.read(fd, frame);
            if (n > vnetHeader.bytes() + prefix && n < room) {
                frame.writerIndex(frame.writerIndex() + (int) n).skipBytes(prefix);
                if (!sink.frame(frame)) {
                    return;
                }
            } else if (n >= room) {
                truncated(sink);
            } else if (n > 0) {
                // The driver has failed to say in the vnet header what this frame needs, and has thrown it away.
                sink.drop(DropReason.MALFORMED);
            } else {
                ensureThere(n);
                if (!Errno.EINTR.is(n)) {
                    // EAGAIN when empty, EHOSTDOWN when not ready; whatever else there is, the loop will ask again.
                    return;
                }
            }
        }
    }

    @Override
    public int write(ByteBuf frame) throws IOException {
        if (frame.readableBytes() < vnetHeader.bytes() + kind.linkLayer().headerLength()) {
            // The driver would swallow it and call it sent.
            throw refusal(DropReason.REFUSED);
        }
        long n = kind == TunKind.TUN ? writeBehindFamily(frame) : calls.write(fd, frame);
        if (n > 0) {
            return WRITTEN;
        }
        if (n == 0) {
            throw refusal(DropReason.DOWN);
        }
        if (Errno.EAGAIN.is(n)) {
            return FULL;
        }
        ensureThere(n);
        throw refusal(Errno.EIO.is(n) || Errno.EMSGSIZE.is(n) ? DropReason.TOO_LONG
            : Errno.ENOBUFS.is(n) || Errno.ENOMEM.is(n) ? DropReason.NO_BUFFERS : DropReason.REFUSED);
    }

    private long writeBehindFamily(ByteBuf packet) throws FrameRefusedException {
        ByteBuf message = FAMILY.before(packet);
        if (message == null) {
            throw refusal(DropReason.REFUSED);
        }
        try {
            return calls.write(fd, message);
        } finally {
            message.release();
        }
    }

    private void ensureThere(long result) throws IOException {
        if (Errno.ENXIO.is(result) || Errno.EBADF.is(result)) {
            throw failure();
        }
    }

    private FrameRefusedException refusal(DropReason reason) {
        return refusals.computeIfAbsent(reason, r -> new FrameRefusedException(r, lastAddress + whyRefused(r)));
    }

    private String whyRefused(DropReason reason) {
        switch (reason) {
            case DOWN:
                return " is down: set it up, as with 'ifconfig " + lastAddress.shownName() + " up'";
            case NO_BUFFERS:
                return " refused a frame: the kernel has no memory for it";
            case TOO_LONG:
                return " refused a frame: it is too long for the driver, which takes 65535 bytes, and in older releases"
                    + " 16384 (TAPMRU of net/if_tap.h, TUNMRU of net/if_tun.h)";
            default:
                return " refused a frame: " + kind.malformed()
                    + (vnetHeader == VnetHeaderLength.NONE ? ""
                        : " behind a vnet header of " + vnetHeader.bytes() + " bytes")
                    + ", or the kernel finds it invalid";
        }
    }

    @Override
    public void endOfFlush() {
        // Each frame has gone out with its own call.
    }

    @Override
    public IOException failure() {
        return new IOException(lastAddress + " is gone: its device was removed from /dev");
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
        if (option == TapChannelOption.MAC_ADDRESS && kind == TunKind.TAP) {
            return link.mac();
        }
        if (option == TapChannelOption.UP) {
            return (link.flags() & FreeBsdTap.IFF_UP) != 0;
        }
        if (option == FrameChannelOption.OFFLOADS) {
            return offloads;
        }
        if (option == FrameChannelOption.VNET_HEADER) {
            return vnetHeader;
        }
        return null;
    }

    @Override
    public void change(ChannelOption<?> option, Object value) throws IOException {
        if (option == TapChannelOption.MTU) {
            TapSettings.requireNone(TapSettings.mtuProblem(kind, (Integer) value));
            link.setMtu((Integer) value);
        } else if (option == TapChannelOption.MAC_ADDRESS && kind == TunKind.TAP) {
            TapSettings.requireNone(TapSettings.macProblem((MacAddress) value));
            link.setMac((MacAddress) value);
        } else if (option == TapChannelOption.UP) {
            link.setUp((Boolean) value);
        } else {
            throw new IllegalStateException(option.name() + " of " + lastAddress
                + " cannot be changed while the channel is active on FreeBSD");
        }
    }

    /** Nothing is told: the news of FreeBSD's links is on a routing socket, which is not listened to. */
    @Override
    public void watch(IoEventLoop loop, DescriptorWaiter waiter, Consumer<DeviceEvent> events,
                      Consumer<IOException> gone) {
        // A frame longer than the MTU was is seen by FIONREAD, and a link that is down by the first write.
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
