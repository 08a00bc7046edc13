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
import io.ringtap.internal.unix.SystemCallException;
import io.ringtap.internal.unix.SystemCalls;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VnetHeaderLength;

import java.io.IOException;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * Opens tap, vmnet and TUN devices of FreeBSD in steps, and releases everything if a step fails. The name is that of
 * the device in /dev; {@code tap%d}, {@code vmnet%d} and {@code tun%d} stand for the cloning devices
 * /dev/tap, /dev/vmnet and /dev/tun, which make a new one.
 */
final class FreeBsdTapOpener {
    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(FreeBsdTapOpener.class);
    private static final int MAX_CLONERS = 256;
    private static final String LOAD = "'kldload if_tuntap', before FreeBSD 13 'kldload if_tap'";

    private FreeBsdTapOpener() {
    }

    /**
     * Opens the device, and creates it if devfs does so on open.
     *
     * @throws IllegalArgumentException if the settings name what a tap of FreeBSD does not have
     * @throws IOException if it cannot be opened with these settings, with the reason and what to do
     */
    static FreeBsdTapDevice open(DeviceCalls calls, TunKind kind, InterfaceAddress address, TapSettings settings)
        throws IOException {
        List<String> problems = problems(kind, settings);
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException(address + ": a " + kind.word() + " device of FreeBSD has no "
                + String.join(", no ", problems));
        }
        if (settings.mtu() != null) {
            TapSettings.requireNone(TapSettings.mtuProblem(FreeBsdTap.MIN_MTU, kind, settings.mtu()));
        }
        String path = path(kind, address);
        int fd = calls.open(path, SystemCalls.O_RDWR | SystemCalls.O_NONBLOCK | SystemCalls.O_CLOEXEC);
        if (fd < 0) {
            throw openFailure(calls, kind, address, path, fd);
        }
        try {
            return configured(calls, kind, fd, settings);
        } catch (SystemCallException e) {
            throw new IOException(address + ": " + e.getMessage(), e);
        }
    }

    /** Takes over the descriptor, also if it fails. */
    private static FreeBsdTapDevice configured(DeviceCalls calls, TunKind kind, int fd, TapSettings settings)
        throws IOException {
        FreeBsdTapLink link;
        try {
            link = new FreeBsdTapLink(calls, kind, fd);
        } catch (Throwable e) {
            calls.close(fd);
            throw e;
        }
        try {
            if (kind == TunKind.TUN) {
                link.setFamilyPrefix();
            }
            TapSettings decided = settings.with(setHeader(link, possibleHeaders(kind, settings)));
            VirtioNetOffloads agreed = decided.vnetHeader() == VnetHeaderLength.NONE ? VirtioNetOffloads.NONE
                : link.setOffloads(decided.offloads());
            setLink(link, kind, decided);
            FreeBsdTapDevice device = new FreeBsdTapDevice(calls, kind, link, decided.vnetHeader(), agreed);
            if (settings.capsicum()) {
                // Last, as nothing can be set any more.
                link.limitRights();
            }
            return device;
        } catch (Throwable e) {
            link.close();
            throw e;
        }
    }

    /**
     * Takes over a descriptor that was opened elsewhere, as by a privileged parent. Its vnet header stays as it is.
     *
     * @throws IllegalArgumentException if it is of no device of this kind
     * @throws IOException if it cannot be asked; it is still open then
     */
    static FreeBsdTapDevice adopt(DeviceCalls calls, TunKind kind, int fd) throws IOException {
        NativeMemory info = NativeMemory.allocate(FreeBsdTap.TAPINFO_SIZE);
        int result = calls.ioctl(fd, FreeBsdTap.TAPGIFINFO, info);
        if (result < 0) {
            throw new SystemCallException("ioctl(" + fd + ", TAPGIFINFO)", -result,
                "the descriptor is not one of /dev/tapN, /dev/vmnetN or /dev/tunN");
        }
        if (info.buffer().get(FreeBsdTap.TAPINFO_TYPE)
            != (kind == TunKind.TAP ? FreeBsdTap.IFT_ETHER : FreeBsdTap.IFT_PPP)) {
            throw new IllegalArgumentException("descriptor " + fd + " is not of a " + kind.word() + " interface");
        }
        SystemCalls.check("fcntl(O_NONBLOCK)", calls.setNonBlocking(fd));
        FreeBsdTapLink link = new FreeBsdTapLink(calls, kind, fd);
        try {
            if (kind == TunKind.TUN) {
                link.setFamilyPrefix();
            }
            VnetHeaderLength header = kind == TunKind.TUN ? VnetHeaderLength.NONE
                : VnetHeaderLength.ofBytes(link.vnetHeader());
            return new FreeBsdTapDevice(calls, kind, link, header,
                header == VnetHeaderLength.NONE ? VirtioNetOffloads.NONE : link.offloads());
        } catch (Throwable e) {
            link.letGo();
            throw e;
        }
    }

    /** What is missing for a tap to be opened; {@code null} if the driver is there. */
    static Throwable unavailabilityCause(DeviceCalls calls) {
        try {
            return hasDriver(calls, "tap") ? null : new IOException("the tap driver is not loaded: " + LOAD
                + " as root; a user other than root also needs the right to open the device, by devfs.rules(5)");
        } catch (SystemCallException e) {
            return e;
        }
    }

    /** Whether the kernel has a driver of this name. Not by opening /dev/tap, which would create an interface. */
    private static boolean hasDriver(DeviceCalls calls, String driver) throws SystemCallException {
        int socket = calls.socket(FreeBsdTap.AF_LOCAL, FreeBsdTap.SOCK_DGRAM | FreeBsdTap.SOCK_CLOEXEC, 0);
        BsdLink.check("socket(AF_LOCAL)", socket, null);
        try {
            NativeMemory names = NativeMemory.allocate(MAX_CLONERS * FreeBsdTap.IFNAMSIZ);
            NativeMemory request = NativeMemory.allocate(FreeBsdTap.IF_CLONEREQ_SIZE);
            request.buffer().putInt(FreeBsdTap.IF_CLONEREQ_COUNT, MAX_CLONERS)
                .putLong(FreeBsdTap.IF_CLONEREQ_BUFFER, names.address());
            BsdLink.check("ioctl(SIOCIFGCLONERS)", calls.ioctl(socket, FreeBsdTap.SIOCIFGCLONERS, request), null);
            return contains(names, driver);
        } finally {
            calls.close(socket);
        }
    }

    /** Whether one of the names, each in IFNAMSIZ bytes, is this one. */
    static boolean contains(NativeMemory names, String name) {
        for (int at = 0; at < names.size(); at += FreeBsdTap.IFNAMSIZ) {
            if (names.getCString(at, FreeBsdTap.IFNAMSIZ).equals(name)) {
                return true;
            }
        }
        return false;
    }

    private static List<String> problems(TunKind kind, TapSettings settings) {
        List<String> problems = new ArrayList<>();
        note(problems, possibleHeaders(kind, settings).isEmpty(), kind == TunKind.TUN ? "VNET_HEADER"
            : "VNET_HEADER of " + settings.vnetHeader().bytes() + " bytes (10 and 12 there are)");
        note(problems, settings.littleEndian() && ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN,
            "VNET_LITTLE_ENDIAN");
        note(problems, !settings.addresses().isEmpty(), "ADDRESSES that can be set from here (run ifconfig"
            + " once the channel is open)");
        note(problems, settings.carrier() != null, "CARRIER");
        note(problems, Boolean.FALSE.equals(settings.persist()), "PERSIST that could be off");
        note(problems, settings.owner() != null, "OWNER");
        note(problems, settings.group() != null, "GROUP");
        note(problems, settings.exclusive(), "EXCLUSIVE");
        note(problems, settings.multiQueue(), "MULTI_QUEUE");
        note(problems, settings.sendBuffer() != null, "SO_SNDBUF");
        note(problems, settings.namespace() != null, "NETWORK_NAMESPACE");
        return problems;
    }

    /** The headers that are wanted and that the driver knows. */
    private static List<VnetHeaderLength> possibleHeaders(TunKind kind, TapSettings settings) {
        int longest = kind == TunKind.TUN ? 0 : VnetHeaderLength.MERGEABLE.bytes();
        return settings.vnetHeaders().stream().filter(header -> header.bytes() <= longest).toList();
    }

    /** Sets the first header that the device takes. */
    private static VnetHeaderLength setHeader(FreeBsdTapLink link, List<VnetHeaderLength> wanted) throws IOException {
        SystemCallException refused = null;
        for (VnetHeaderLength header : wanted) {
            if (header == VnetHeaderLength.NONE) {
                return header;
            }
            try {
                link.setVnetHeader(header.bytes());
                return header;
            } catch (SystemCallException e) {
                if (!e.is(Errno.ENOTTY) && !e.is(Errno.EINVAL)) {
                    throw e;
                }
                refused = refused == null ? e : refused;
            }
        }
        throw refused;
    }

    private static void note(List<String> problems, boolean applies, String problem) {
        if (applies) {
            problems.add(problem);
        }
    }

    private static String path(TunKind kind, InterfaceAddress address) {
        String name = address.name();
        if (kind == TunKind.TUN && address.isPattern() && !name.equals("tun%d")) {
            throw new IllegalArgumentException(address + ": FreeBSD picks a number for tun%d only");
        }
        if (kind == TunKind.TAP && address.isPattern() && !name.equals("tap%d") && !name.equals("vmnet%d")) {
            throw new IllegalArgumentException(address + ": FreeBSD picks a number for tap%d and vmnet%d only");
        }
        return FreeBsdTap.DEVICES + name.replace("%d", "");
    }

    private static void setLink(FreeBsdTapLink link, TunKind kind, TapSettings settings) throws IOException {
        if (settings.mac() != null && !settings.mac().equals(link.mac())) {
            link.setMac(settings.mac());
        }
        if (settings.mtu() != null && settings.mtu() != link.mtu()) {
            link.setMtu(settings.mtu());
        }
        if (settings.up() != null) {
            link.setUp(settings.up());
        }
        boolean privileged = kind == TunKind.TUN || setPromiscuous(link);
        if (settings.up() == null && !link.isUp()) {
            String name = LinkState.shown(link.name());
            if (privileged) {
                LOGGER.debug("{} is open and down, and carries no frames until it is set up: 'ifconfig {} up', or the"
                    + " option UP", name, name);
            } else {
                LOGGER.warn("{} is open and down, and carries no frames until root sets it up: 'ifconfig {} up'; {}",
                    name, name, FreeBsdTapLink.UP_ON_OPEN);
            }
        }
    }

    /** Returns whether this user may do so. */
    private static boolean setPromiscuous(FreeBsdTapLink link) throws IOException {
        try {
            link.setPromiscuous();
            return true;
        } catch (SystemCallException e) {
            if (!BsdLink.isUnprivileged(e)) {
                throw e;
            }
            String name = LinkState.shown(link.name());
            LOGGER.warn("{}: frames for other stations than the interface will be lost, as it is not promiscuous:"
                + " 'ifconfig {} promisc' as root", name, name, e);
            return false;
        }
    }

    private static SystemCallException openFailure(DeviceCalls calls, TunKind kind, InterfaceAddress address,
                                                   String path, int result) {
        String advice = null;
        if (Errno.ENOENT.is(result) || Errno.ENXIO.is(result) || Errno.ENODEV.is(result)) {
            advice = absenceAdvice(calls, address.name().replaceAll("%d|\\d+$", ""), address.name().replace("%d", ""));
        } else if (Errno.EACCES.is(result) || Errno.EPERM.is(result)) {
            advice = "this user may not open the device, which belongs to uucp and the group dialer unless somebody"
                + " has changed that: run as root, or let root give it to the user, by devfs.rules(5), or by 'chown'"
                + " and 'chmod' for as long as it exists";
        } else if (Errno.EBUSY.is(result)) {
            advice = "another program, or another channel of this one, holds the device: it has one reader";
        }
        return new SystemCallException("open(" + path + ")", -result, advice);
    }

    /**
     * Why there is no device, as far as a user can find out.
     *
     * @param driver tap, vmnet or tun, or another name, which no device has
     */
    private static String absenceAdvice(DeviceCalls calls, String driver, String name) {
        boolean loaded;
        try {
            loaded = hasDriver(calls, driver);
        } catch (SystemCallException notKnown) {
            loaded = true;
        }
        if (!loaded) {
            return "there is no such device, and no driver '" + driver + "': for taps, vmnets and TUN devices load it"
                + " with " + LOAD + " as root; an interface that was renamed is opened by that name";
        }
        return "there is no such device, and opening it made none: that it does for root unless 'sysctl net.link."
            + (driver.equals("tun") ? "tun" : "tap") + ".devfs_cloning' is 0"
            + (driver.equals("tun") ? "" : ", and for others if 'sysctl net.link.tap.user_open' is 1 as well")
            + "; or let root make it with 'ifconfig " + name + " create'";
    }
}
