/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import io.ringtap.internal.unix.Errno;
import io.ringtap.internal.unix.LinkState;
import io.ringtap.internal.unix.NativeMemory;
import io.ringtap.internal.unix.NetworkNamespace;
import io.ringtap.internal.unix.SystemCallException;
import io.ringtap.internal.unix.SystemCalls;
import io.ringtap.virtio.VirtioNetOffload;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VnetHeaderLength;

import java.io.IOException;
import java.util.stream.Collectors;

/** Opens taps and TUN devices of Linux in steps, and releases everything if a step fails. */
final class LinuxTunOpener {
    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(LinuxTunOpener.class);

    private final TunKind kind;
    private final InterfaceAddress address;
    private final TapSettings settings;

    private LinuxTunOpener(TunKind kind, InterfaceAddress address, TapSettings settings) {
        this.kind = kind;
        this.address = address;
        this.settings = settings;
    }

    /**
     * Creates the device, or attaches to the one that exists.
     *
     * @throws IllegalArgumentException if the settings name what Linux does not have
     * @throws IOException if it cannot be opened with these settings, with the reason and what to do
     */
    static LinuxTunDevice open(TunKind kind, InterfaceAddress address, TapSettings settings) throws IOException {
        if (settings.capsicum()) {
            throw new IllegalArgumentException(address + ": " + TapSettings.NO_CAPSICUM);
        }
        LinuxTunOpener opener = new LinuxTunOpener(kind, address, settings);
        if (settings.namespace() == null) {
            return opener.openHere();
        }
        return NetworkNamespace.call(settings.namespace(), opener::openHere);
    }

    /**
     * Takes over a descriptor of /dev/net/tun that was opened and attached elsewhere, as by a privileged parent. Its
     * vnet header stays as it is.
     *
     * @param here whether the interface is in the network namespace of this thread, which the kernel does not tell
     *     everybody
     * @throws IllegalArgumentException if it is no device of this kind
     * @throws IOException if it cannot be asked; it is still open then
     */
    static LinuxTunDevice adopt(TunKind kind, int fd, boolean here) throws IOException {
        int flags;
        NativeMemory request = NativeMemory.allocate(LinuxTun.IFREQ_SIZE);
        try {
            int result = SystemCalls.ioctl(fd, LinuxTun.TUNGETIFF, request);
            if (result < 0) {
                throw new SystemCallException("ioctl(" + fd + ", TUNGETIFF)", -result,
                    "the descriptor is not one of " + LinuxTun.DEVICE_NODE + " with an interface attached");
            }
            flags = request.buffer().getShort(LinuxTun.IFREQ_FLAGS);
            // Not IFF_NO_PI: the kernel answers that it is set, whether or not it was.
            if ((flags & kind.flag()) == 0) {
                throw new IllegalArgumentException("descriptor " + fd + " is of "
                    + kind.address(request.getCString(0, InterfaceAddress.MAX_LENGTH + 1)).shownName()
                    + ", which was attached without IFF_" + kind + ": the channel needs a " + kind.word()
                    + " device");
            }
        } finally {
            request.free();
        }
        SystemCalls.check("fcntl(O_NONBLOCK)", SystemCalls.setNonBlocking(fd));
        LinuxTunLink link = new LinuxTunLink(fd, here);
        try {
            boolean header = (flags & LinuxTun.IFF_VNET_HDR) != 0;
            VnetHeaderLength length = header
                ? VnetHeaderLength.ofBytes(link.readInt(LinuxTun.TUNGETVNETHDRSZ)) : VnetHeaderLength.NONE;
            boolean littleEndian = header && link.readInt(LinuxTun.TUNGETVNETLE) != 0;
            // The kernel does not report which offloads are set, so any that the header can express may be.
            VirtioNetOffloads offloads = header ? VirtioNetOffloads.ALL : VirtioNetOffloads.NONE;
            return new LinuxTunDevice(kind, link, new LinuxTunOptions(kind, link, null),
                TapSettings.adopted(length, littleEndian), offloads, stateOf(link));
        } catch (Throwable e) {
            link.letGo();
            throw e;
        }
    }

    /** The state of the interface; {@code null} if it is out of reach, as the descriptor works all the same. */
    private static LinkState stateOf(LinuxTunLink link) throws IOException {
        try {
            return link.state();
        } catch (SystemCallException e) {
            if (e.is(Errno.EBADFD)) {
                throw e;
            }
            return null;
        } catch (IOException outOfReach) {
            return null;
        }
    }

    private LinuxTunDevice openHere() throws IOException {
        int fd = SystemCalls.open(LinuxTun.DEVICE_NODE,
            SystemCalls.O_RDWR | SystemCalls.O_NONBLOCK | SystemCalls.O_CLOEXEC);
        if (fd < 0) {
            throw Tap.nodeFailure(fd);
        }
        LinuxTunLink link;
        try {
            attach(fd);
            link = new LinuxTunLink(fd, true);
        } catch (Throwable e) {
            SystemCalls.close(fd);
            throw e;
        }
        try {
            LinkState state = link.state();
            // Also where the kernel does not tell of other queues, they show in the flag that they have set.
            boolean joins = state.tunQueues() > 1
                || isOn(link, LinuxTun.IFF_VNET_HDR) != (settings.vnetHeader() != VnetHeaderLength.NONE);
            // A device that is open nowhere else can have any header: then it is the preferred one.
            TapSettings decided = settings.with(joins ? headerOfQueues(link) : settings.vnetHeader());
            VirtioNetOffloads agreed;
            if (joins) {
                agreed = joinQueues(link, decided);
            } else {
                setHeader(link, decided);
                agreed = setOffloads(link, decided);
            }
            LinuxTunOptions options = new LinuxTunOptions(kind, link, settings.namespace());
            options.apply(settings, state);
            LinkState opened = link.state();
            if (!opened.isUp() && settings.up() == null) {
                LOGGER.debug("{} is open and down, and carries no frames until it is set up: '{}', or the option UP",
                    kind.address(opened.name()), Privilege.ip(settings.namespace(),
                        "link set dev " + LinkState.shown(opened.name()) + " up"));
            }
            return new LinuxTunDevice(kind, link, options, decided, agreed, opened);
        } catch (Throwable e) {
            link.close();
            throw e;
        }
    }

    private void attach(int fd) throws IOException {
        int flags = kind.flag() | LinuxTun.IFF_NO_PI
            | (settings.vnetHeader() == VnetHeaderLength.NONE ? 0 : LinuxTun.IFF_VNET_HDR)
            | (settings.multiQueue() ? LinuxTun.IFF_MULTI_QUEUE : 0)
            | (settings.exclusive() ? LinuxTun.IFF_TUN_EXCL : 0);
        NativeMemory request = NativeMemory.allocate(LinuxTun.IFREQ_SIZE);
        try {
            request.putCString(0, address.name());
            request.buffer().putShort(LinuxTun.IFREQ_FLAGS, (short) flags);
            int result = SystemCalls.ioctl(fd, LinuxTun.TUNSETIFF, request);
            if (result < 0) {
                throw new SystemCallException(address + ": ioctl(TUNSETIFF)", -result, attachAdvice(result));
            }
        } finally {
            request.free();
        }
    }

    /**
     * Why the kernel would refuse to create a device; {@code null} if it would not. A request for a device of no kind
     * is refused as invalid, once the kernel has found that the caller may create one (drivers/net/tun.c, tun_set_iff).
     */
    static SystemCallException creationRefusal(TunKind kind) {
        int fd = SystemCalls.open(LinuxTun.DEVICE_NODE, SystemCalls.O_RDWR | SystemCalls.O_CLOEXEC);
        if (fd < 0) {
            return Tap.nodeFailure(fd);
        }
        NativeMemory request = NativeMemory.allocate(LinuxTun.IFREQ_SIZE).clear();
        try {
            request.buffer().putShort(LinuxTun.IFREQ_FLAGS, (short) LinuxTun.IFF_NO_PI);
            int result = SystemCalls.ioctl(fd, LinuxTun.TUNSETIFF, request);
            return Errno.EPERM.is(result) ? new SystemCallException("ioctl(TUNSETIFF)", -result,
                Privilege.toOpen(kind, kind.address(kind.word() + "0"), null, false)) : null;
        } finally {
            request.free();
            SystemCalls.close(fd);
        }
    }

    private String attachAdvice(int result) {
        if (Errno.EPERM.is(result)) {
            return Privilege.toOpen(kind, address, settings.namespace(), settings.multiQueue());
        }
        if (Errno.EBUSY.is(result)) {
            return settings.exclusive() ? "the device exists already, and EXCLUSIVE asks for one that does not"
                : (OpenQueues.contains(address.name())
                    ? "another channel of this process has the device open, and was not closed"
                    : "another program has the device open, which \"grep -l 'iff:.*" + address.shownName()
                        + "' /proc/[0-9]*/fdinfo/*\" finds for root") + ": it has one reader, unless all open it with"
                    + " MULTI_QUEUE";
        }
        if (Errno.EINVAL.is(result)) {
            return "an interface of that name exists that is no " + kind.word() + " device, or one that was made "
                + (settings.multiQueue() ? "without" : "with") + " MULTI_QUEUE: choose another name, or open it as it"
                + " was made";
        }
        if (Errno.EEXIST.is(result)) {
            return "an interface of that name exists already";
        }
        return null;
    }

    /** The header of a device that has queues open, which is one of those wanted. */
    private VnetHeaderLength headerOfQueues(LinuxTunLink link) throws IOException {
        int length = isOn(link, LinuxTun.IFF_VNET_HDR) ? link.readInt(LinuxTun.TUNGETVNETHDRSZ) : 0;
        for (VnetHeaderLength wanted : settings.vnetHeaders()) {
            if (wanted.bytes() == length) {
                return wanted;
            }
        }
        throw differs("VNET_HEADER", length + " bytes", settings.vnetHeaders().stream()
            .map(wanted -> wanted.bytes() + " bytes").collect(Collectors.joining(" or ")));
    }

    /**
     * Joins a device that has queues open. Its vnet header and its offloads belong to the device, and the driver lets
     * every queue change them for all. So a queue that wants other ones is refused here, and has changed nothing.
     */
    private VirtioNetOffloads joinQueues(LinuxTunLink link, TapSettings decided) throws IOException {
        if (decided.vnetHeader() == VnetHeaderLength.NONE) {
            return VirtioNetOffloads.NONE;
        }
        requireSame("VNET_LITTLE_ENDIAN", link.readInt(LinuxTun.TUNGETVNETLE) != 0, decided.littleEndian());
        VirtioNetOffloads set = link.offloads();
        VirtioNetOffloads ignored = VirtioNetOffloads.of(VirtioNetOffload.UFO);
        VirtioNetOffloads asked = decided.offloads().without(ignored);
        // Kernels before Linux 6.2 have no USO, so the first queue could not have it either.
        if (!set.equals(asked) && !set.equals(asked.without(
            VirtioNetOffloads.of(VirtioNetOffload.USO4, VirtioNetOffload.USO6)))) {
            requireSame("OFFLOADS", set, asked);
        }
        return set;
    }

    private static boolean isOn(LinuxTunLink link, int flag) throws IOException {
        return (link.flags() & flag) != 0;
    }

    private void requireSame(String option, Object device, Object wanted) throws IOException {
        if (!device.equals(wanted)) {
            throw differs(option, device, wanted);
        }
    }

    private IOException differs(String option, Object device, Object wanted) {
        return new IOException(address + ": the device is open with other queues, whose " + option + " is " + device
            + " and not " + wanted + ": a device has one for all its queues, so open each with the same");
    }

    private void setHeader(LinuxTunLink link, TapSettings decided) throws IOException {
        int length = decided.vnetHeader().bytes();
        if (length == 0) {
            return;
        }
        if (link.readInt(LinuxTun.TUNGETVNETHDRSZ) > length) {
            // A previous owner may have left offloads that a shorter header cannot express: every read would fail.
            check(link.ioctl(LinuxTun.TUNSETOFFLOAD, 0), "ioctl(TUNSETOFFLOAD, 0)");
        }
        check(link.ioctlInt(LinuxTun.TUNSETVNETHDRSZ, length), "ioctl(TUNSETVNETHDRSZ, " + length + ")");
        check(link.ioctlInt(LinuxTun.TUNSETVNETLE, decided.littleEndian() ? 1 : 0), "ioctl(TUNSETVNETLE)");
    }

    /** Asks for the offloads, and for fewer if the kernel refuses: the newest ones are given up first. */
    private VirtioNetOffloads setOffloads(LinuxTunLink link, TapSettings decided) throws IOException {
        VirtioNetOffloads asked = decided.offloads();
        VirtioNetOffloads[] less = {
            VirtioNetOffloads.NONE,
            VirtioNetOffloads.of(VirtioNetOffload.USO4, VirtioNetOffload.USO6),
            VirtioNetOffloads.of(VirtioNetOffload.UFO),
            VirtioNetOffloads.of(VirtioNetOffload.ECN),
            VirtioNetOffloads.ALL.without(VirtioNetOffloads.of(VirtioNetOffload.CSUM)),
            VirtioNetOffloads.ALL,
        };
        VirtioNetOffloads rest = asked;
        int result = 0;
        for (VirtioNetOffloads without : less) {
            rest = rest.without(without);
            result = link.ioctl(LinuxTun.TUNSETOFFLOAD, rest.bits());
            if (!Errno.EINVAL.is(result)) {
                break;
            }
        }
        check(result, "ioctl(TUNSETOFFLOAD)");
        return rest;
    }

    private void check(int result, String call) throws SystemCallException {
        if (result < 0) {
            throw new SystemCallException(address + ": " + call, -result, Errno.EPERM.is(result)
                ? Privilege.toOpen(kind, address, settings.namespace(), settings.multiQueue()) : null);
        }
    }
}
