/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelOption;
import io.ringtap.ethernet.DropReason;
import io.ringtap.ethernet.MacAddress;
import io.ringtap.internal.unix.Errno;
import io.ringtap.internal.unix.NativeMemory;
import io.ringtap.virtio.VirtioNetBackend;
import io.ringtap.virtio.VirtioNetHeader;
import io.ringtap.virtio.VirtioNetOffload;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VnetHeaderLength;

import java.io.IOException;
import java.util.EnumSet;

/**
 * A tap, a vmnet or a TUN device of FreeBSD. Where the kernel may send super-frames it asks for the length of each by
 * FIONREAD before it reads it, and so receives into buffers that are no longer than that needs. What it relies on is in
 * {@code sys/net/if_tuntap.c}.
 *
 * <p>An interface cannot go away while it is open: {@code ifconfig NAME destroy} waits for the channel to close, and
 * the channel closes when it notices that. Closing a tap or a TUN device sets it down and removes its IP addresses; a
 * vmnet device keeps them.
 */
final class FreeBsdTapDevice extends BsdDevice {
    private static final FamilyPrefix FAMILY = new FamilyPrefix(FreeBsdTap.AF_INET6);

    private final DeviceCalls calls;
    private final FreeBsdTapLink link;
    private final NativeMemory next = NativeMemory.allocate(Integer.BYTES);
    /** {@code null} without a vnet header. */
    private final FreeBsdChecksums checksums;
    /** Whether frames may be much longer than the MTU: no other frames are worth a system call to ask. */
    private final boolean superFrames;

    /**
     * An open device.
     *
     * @param offloads what the interface has agreed to give
     */
    FreeBsdTapDevice(DeviceCalls calls, TunKind kind, FreeBsdTapLink link, VnetHeaderLength vnetHeader,
                     VirtioNetOffloads offloads) throws IOException {
        super(calls, kind, link, vnetHeader, offloads, kind == TunKind.TUN ? FAMILY : null, "FreeBSD");
        this.calls = calls;
        this.link = link;
        checksums = vnetHeader == VnetHeaderLength.NONE ? null
            : new FreeBsdChecksums(VirtioNetHeader.of(vnetHeader));
        superFrames = offloads.contains(VirtioNetOffload.TSO4) || offloads.contains(VirtioNetOffload.TSO6);
    }

    @Override
    public boolean canBeFull() {
        // The driver drops what it has no room for, and is always writable.
        return false;
    }

    @Override
    public VirtioNetBackend vnetBackend() {
        // The driver would take a frame without a checksum, but does not complete it where the host forwards the
        // frame, nor does it segment: so nothing is left undone for it.
        return new VirtioNetBackend(EnumSet.of(vnetHeaderSet()), VirtioNetOffloads.NONE, offloads(), true);
    }

    @Override
    boolean isNext() throws IOException {
        if (!superFrames) {
            return true;
        }
        int known = calls.ioctl(descriptor(), FreeBsdTap.FIONREAD, next);
        if (isGone(known)) {
            throw failure();
        }
        int length = next.buffer().getInt(0);
        if (known < 0 || length <= 0) {
            return false;
        }
        // It counts the address family of a TUN device, but not the vnet header.
        int needed = vnetHeaderLength() + length + 1;
        if (needed > receiveCapacity()) {
            // At least double, as each growth gives up the buffers there are: super-frames come in every length.
            setReceiveCapacity(Math.max(needed, 2 * receiveCapacity()));
        }
        return true;
    }

    @Override
    public int write(ByteBuf frame) throws IOException {
        if (frame.readableBytes() < vnetHeaderLength() + kind().linkLayer().headerLength()) {
            // The driver would swallow it and call it sent.
            throw refusal(DropReason.REFUSED);
        }
        if (checksums != null && !checksums.isTaken(frame)) {
            // As above.
            throw refusal(DropReason.REFUSED);
        }
        return written(send(frame));
    }

    @Override
    DropReason reasonOf(long error) {
        return Errno.EIO.is(error) ? DropReason.TOO_LONG : super.reasonOf(error);
    }

    @Override
    String whyRefused(DropReason reason) {
        return super.whyRefused(reason) + switch (reason) {
            case TOO_LONG -> " for the driver, which takes 65535 bytes, and in older releases 16384 (TAPMRU of"
                + " net/if_tap.h, TUNMRU of net/if_tun.h)";
            case REFUSED -> vnetHeaderLength() == 0 ? "" : "; it stands behind a vnet header of "
                + vnetHeaderLength() + " bytes, which may point at no checksum of TCP or UDP";
            case DOWN -> kind() == TunKind.TAP ? " as root; " + FreeBsdTapLink.UP_ON_OPEN : "";
            default -> "";
        };
    }

    @Override
    public IOException failure() {
        return new IOException(lastAddress() + " is gone: its device was removed from /dev");
    }

    @Override
    public Object read(ChannelOption<?> option) throws IOException {
        return option == TapChannelOption.MAC_ADDRESS && kind() == TunKind.TAP ? link.mac() : super.read(option);
    }

    @Override
    public void change(ChannelOption<?> option, Object value) throws IOException {
        if (option == TapChannelOption.MAC_ADDRESS && kind() == TunKind.TAP) {
            TapSettings.requireNone(TapSettings.macProblem((MacAddress) value));
            link.setMac((MacAddress) value);
        } else {
            super.change(option, value);
        }
    }
}
