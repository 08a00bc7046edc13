/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.ringtap.unix.Errno;
import io.ringtap.unix.LinkState;
import io.ringtap.unix.NativeMemory;
import io.ringtap.unix.NetworkNamespace;
import io.ringtap.unix.SystemCallException;
import io.ringtap.unix.SystemCalls;
import io.ringtap.virtio.VirtioNetOffload;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VnetHeaderLength;

import java.io.IOException;

/** Opens taps and TUN devices of Linux: acquires in stages, and gives all of it back when a stage fails. */
final class LinuxTunOpener {
    private static final String PRIVILEGE = "creating or changing a network interface needs CAP_NET_ADMIN: run as root,"
        + " or give java the capability, or open a persistent device whose owner you are"
        + " ('ip tuntap add dev NAME mode tap|tun user USER', as root, once)";

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
     * @throws IOException if it cannot be had as the settings say, naming why and what to do
     */
    static LinuxTunDevice open(TunKind kind, InterfaceAddress address, TapSettings settings) throws IOException {
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
     * @throws IllegalArgumentException if it is no device of this kind
     * @throws IOException if it cannot be asked; it is still open then
     */
    static LinuxTunDevice adopt(TunKind kind, int fd) throws IOException {
        NativeMemory request = NativeMemory.allocate(LinuxTun.IFREQ_SIZE);
        int result = SystemCalls.ioctl(fd, LinuxTun.TUNGETIFF, request);
        if (result < 0) {
            throw new SystemCallException("ioctl(" + fd + ", TUNGETIFF)", -result,
                "the descriptor is not one of " + LinuxTun.DEVICE_NODE + " with an interface attached");
        }
        int flags = request.buffer().getShort(LinuxTun.IFREQ_FLAGS);
        // Not IFF_NO_PI: the kernel answers that it is set, whether or not it was.
        if ((flags & kind.flag()) == 0) {
            throw new IllegalArgumentException("descriptor " + fd + " is of "
                + request.getCString(0, InterfaceAddress.MAX_LENGTH + 1)
                + ", which was attached without IFF_" + kind + ": the channel needs a " + kind.word() + " device");
        }
        SystemCalls.check("fcntl(O_NONBLOCK)", SystemCalls.setNonBlocking(fd));
        LinuxTunLink link = new LinuxTunLink(fd);
        try {
            boolean header = (flags & LinuxTun.IFF_VNET_HDR) != 0;
            VnetHeaderLength length = header
                ? VnetHeaderLength.ofBytes(link.readInt(LinuxTun.TUNGETVNETHDRSZ)) : VnetHeaderLength.NONE;
            boolean littleEndian = header && link.readInt(LinuxTun.TUNGETVNETLE) != 0;
            // The kernel does not tell which offloads are set: be ready for all that the header can say.
            VirtioNetOffloads offloads = header ? VirtioNetOffloads.ALL : VirtioNetOffloads.NONE;
            return new LinuxTunDevice(kind, link, TapSettings.adopted(length, littleEndian), offloads);
        } catch (Throwable e) {
            link.letGo();
            throw e;
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
            link = new LinuxTunLink(fd);
        } catch (Throwable e) {
            SystemCalls.close(fd);
            throw e;
        }
        try {
            setHeader(link);
            VirtioNetOffloads agreed = setOffloads(link);
            setOwnership(link);
            setLink(link);
            return new LinuxTunDevice(kind, link, settings, agreed);
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
        request.putCString(0, address.name());
        request.buffer().putShort(LinuxTun.IFREQ_FLAGS, (short) flags);
        int result = SystemCalls.ioctl(fd, LinuxTun.TUNSETIFF, request);
        if (result < 0) {
            throw LinuxTunDevice.failed("ioctl(TUNSETIFF)", result, address, attachAdvice(result));
        }
    }

    private String attachAdvice(int result) {
        if (Errno.EPERM.is(result)) {
            return PRIVILEGE;
        }
        if (Errno.EBUSY.is(result)) {
            return settings.exclusive() ? "the device exists already, and EXCLUSIVE asks for one that does not"
                : "another program holds the device: it has one reader, unless all open it with MULTI_QUEUE";
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

    private void setHeader(LinuxTunLink link) throws IOException {
        int length = settings.vnetHeader().bytes();
        if (length == 0) {
            return;
        }
        if (link.readInt(LinuxTun.TUNGETVNETHDRSZ) > length) {
            // A previous owner may have left offloads that a shorter header cannot tell: every read would fail.
            check(link.ioctl(LinuxTun.TUNSETOFFLOAD, 0), "ioctl(TUNSETOFFLOAD, 0)", address);
        }
        check(link.ioctlInt(LinuxTun.TUNSETVNETHDRSZ, length), "ioctl(TUNSETVNETHDRSZ, " + length + ")", address);
        check(link.ioctlInt(LinuxTun.TUNSETVNETLE, settings.littleEndian() ? 1 : 0), "ioctl(TUNSETVNETLE)", address);
    }

    /** Asks for the offloads, and for fewer where the kernel refuses: the newest ones are the first to go. */
    private VirtioNetOffloads setOffloads(LinuxTunLink link) throws IOException {
        VirtioNetOffloads asked = settings.offloads();
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
        check(result, "ioctl(TUNSETOFFLOAD)", address);
        return rest;
    }

    private void setOwnership(LinuxTunLink link) throws IOException {
        if (settings.owner() != null) {
            check(link.ioctl(LinuxTun.TUNSETOWNER, settings.owner()), "ioctl(TUNSETOWNER)", address);
        }
        if (settings.group() != null) {
            check(link.ioctl(LinuxTun.TUNSETGROUP, settings.group()), "ioctl(TUNSETGROUP)", address);
        }
        if (settings.persist() != null) {
            check(link.ioctl(LinuxTun.TUNSETPERSIST, settings.persist() ? 1 : 0), "ioctl(TUNSETPERSIST)", address);
        }
        if (settings.sendBuffer() != null) {
            check(link.ioctlInt(LinuxTun.TUNSETSNDBUF, settings.sendBuffer()), "ioctl(TUNSETSNDBUF)", address);
        }
    }

    private void setLink(LinuxTunLink link) throws IOException {
        LinkState state = link.state();
        if (settings.mac() != null && !settings.mac().equals(state.mac())) {
            check(link.setMac(settings.mac().toBytes()), "set MAC " + settings.mac(), address);
        }
        // What is already so is left alone: an owner without privilege may open a device that was set up for it.
        if (settings.mtu() != null && settings.mtu() != state.mtu()) {
            privileged(() -> link.setMtu(settings.mtu()));
        }
        if (settings.carrier() != null) {
            check(link.ioctlInt(LinuxTun.TUNSETCARRIER, settings.carrier() ? 1 : 0), "ioctl(TUNSETCARRIER)", address);
        }
        if (settings.up() != null && settings.up() != state.isUp()) {
            privileged(() -> link.setUp(settings.up()));
        }
    }

    private interface Change {
        void apply() throws IOException;
    }

    private void privileged(Change change) throws IOException {
        try {
            change.apply();
        } catch (SystemCallException e) {
            if (!e.is(Errno.EPERM)) {
                throw e;
            }
            throw new IOException(address + ": " + e.getMessage() + ": " + PRIVILEGE, e);
        }
    }

    static void check(int result, String call, InterfaceAddress address) throws SystemCallException {
        if (result < 0) {
            throw LinuxTunDevice.failed(call, result, address, Errno.EPERM.is(result) ? PRIVILEGE : null);
        }
    }
}
