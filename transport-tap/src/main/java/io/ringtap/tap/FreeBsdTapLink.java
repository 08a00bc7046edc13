/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import io.ringtap.ethernet.MacAddress;
import io.ringtap.internal.unix.Errno;
import io.ringtap.internal.unix.LinkState;
import io.ringtap.internal.unix.NativeMemory;
import io.ringtap.internal.unix.SystemCallException;
import io.ringtap.virtio.VirtioNetOffload;
import io.ringtap.virtio.VirtioNetOffloads;

import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The network interface behind a tap or tun descriptor of FreeBSD. Any thread. */
final class FreeBsdTapLink extends BsdLink {
    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(FreeBsdTapLink.class);

    /** The offloads that a tap supports: it drops segments with CWR, and does not segment UDP. */
    private static final Map<VirtioNetOffload, Integer> CAPABILITIES = Map.of(
        VirtioNetOffload.CSUM, FreeBsdTap.IFCAP_TXCSUM | FreeBsdTap.IFCAP_TXCSUM_IPV6,
        VirtioNetOffload.TSO4, FreeBsdTap.IFCAP_TSO4,
        VirtioNetOffload.TSO6, FreeBsdTap.IFCAP_TSO6);

    /** The groups into which the driver puts the interfaces that it makes. */
    private static final List<String> DRIVERS = List.of("tap", "vmnet", "tun");
    private static final int FIRST_GROUPS = 16;
    private static final int MOST_GROUPS = 1024;

    /** The requests that a device makes once it is open, of its descriptor and of its socket. */
    private static final long[] REQUESTS_OF_DEVICE = {FreeBsdTap.FIONREAD, FreeBsdTap.TAPGIFNAME,
        FreeBsdTap.SIOCGIFADDR, FreeBsdTap.TUNSIFHEAD};
    private static final long[] REQUESTS_OF_SOCKET = {FreeBsdTap.SIOCGIFFLAGS, FreeBsdTap.SIOCGIFMTU,
        FreeBsdTap.SIOCGIFINDEX, FreeBsdTap.SIOCGIFGROUP};

    private final TunKind kind;
    private MacAddress macSet;
    /** The address family in front of each packet was switched on here. */
    private boolean prefixSet;
    /** The interface was made promiscuous here. */
    private boolean promiscuousSet;
    private boolean limited;
    /** The group that shows that nobody destroys the interface; {@code null} if it has not been seen. */
    private String driverGroup;
    /** Allocated when they are needed: this constructor cannot fail once the socket is open. */
    private NativeMemory groupRequest;
    private NativeMemory groups;

    /** Takes over an open descriptor, which stays the caller's if this fails. */
    FreeBsdTapLink(DeviceCalls calls, TunKind kind, int fd) throws IOException {
        super(calls, fd, FreeBsdTap.AF_LOCAL, FreeBsdTap.SOCK_DGRAM | FreeBsdTap.SOCK_CLOEXEC);
        this.kind = kind;
    }

    @Override
    synchronized String name() throws IOException {
        check("ioctl(TAPGIFNAME)", ioctl(fd, FreeBsdTap.TAPGIFNAME, request.clear()), null);
        return request.getCString(0, FreeBsdTap.IFNAMSIZ);
    }

    @Override
    int index(String name) throws IOException {
        toSocket("SIOCGIFINDEX", FreeBsdTap.SIOCGIFINDEX, named(name));
        return request.buffer().getShort(FreeBsdTap.IFREQ_INDEX) & 0xffff;
    }

    /**
     * Whether the interface has left the group of its driver, which is all that shows of it while the kernel waits to
     * destroy it. {@code ifconfig NAME -group GROUP} has the same effect.
     */
    @Override
    boolean isLeaving(String name) throws IOException {
        Set<String> now = groups(name);
        if (driverGroup == null) {
            driverGroup = DRIVERS.stream().filter(now::contains).findFirst().orElse(null);
        }
        return driverGroup != null && !now.contains(driverGroup);
    }

    /** An interface that comes back from another network stack is in none of the groups it was in. */
    @Override
    void outOfReach() {
        driverGroup = null;
    }

    private Set<String> groups(String name) throws IOException {
        if (groups == null) {
            groupRequest = NativeMemory.allocate(FreeBsdTap.IFGROUPREQ_SIZE);
            groups = NativeMemory.allocate(FIRST_GROUPS * FreeBsdTap.IFNAMSIZ);
        }
        while (true) {
            // The kernel does not say how many there are: behind the last one, what was there before is left.
            groups.clear();
            groupRequest.clear().putCString(0, name);
            groupRequest.buffer().putInt(FreeBsdTap.IFGROUPREQ_LENGTH, groups.size())
                .putLong(FreeBsdTap.IFGROUPREQ_GROUPS, groups.address());
            try {
                toSocket("SIOCGIFGROUP", FreeBsdTap.SIOCGIFGROUP, groupRequest);
                return namesIn(groups);
            } catch (SystemCallException e) {
                if (!e.is(Errno.EINVAL) || groups.size() >= MOST_GROUPS * FreeBsdTap.IFNAMSIZ) {
                    throw e;
                }
                groups = NativeMemory.allocate(2 * groups.size());
            }
        }
    }

    private static Set<String> namesIn(NativeMemory groups) {
        Set<String> names = new HashSet<>();
        for (int at = 0; at < groups.size() && groups.buffer().get(at) != 0; at += FreeBsdTap.IFNAMSIZ) {
            names.add(groups.getCString(at, FreeBsdTap.IFNAMSIZ));
        }
        return names;
    }

    @Override
    BsdLinkNews openNews() throws IOException {
        int socket = calls.socket(FreeBsdTap.PF_ROUTE,
            FreeBsdTap.SOCK_RAW | FreeBsdTap.SOCK_NONBLOCK | FreeBsdTap.SOCK_CLOEXEC, 0);
        check("socket(PF_ROUTE)", socket, null);
        try {
            NativeMemory on = NativeMemory.allocate(Integer.BYTES);
            on.buffer().putInt(0, 1);
            // Fails before FreeBSD 14, where nothing says that messages were lost.
            calls.setsockopt(socket, FreeBsdTap.SOL_SOCKET, FreeBsdTap.SO_RERROR, on);
            on.free();
            if (limited) {
                CapsicumRights.limit(calls, socket, CapsicumRights.READ | CapsicumRights.EVENT);
            }
            return new BsdLinkNews(calls, socket);
        } catch (Throwable e) {
            calls.close(socket);
            throw e;
        }
    }

    /** Sets the length of the vnet header: 10 or 12 bytes. */
    synchronized void setVnetHeader(int length) throws IOException {
        request.clear().buffer().putInt(0, length);
        int result = ioctl(fd, FreeBsdTap.TAPSVNETHDR, request);
        check("ioctl(TAPSVNETHDR, " + length + ")", result, Errno.ENOTTY.is(result)
            ? "taps of this kernel have no vnet header, which came with FreeBSD 13: leave VNET_HEADER unset" : null);
    }

    /** Switches on the address family in front of each packet of a TUN device, until it is closed. */
    synchronized void setFamilyPrefix() throws IOException {
        check("ioctl(TUNGIFHEAD)", ioctl(fd, FreeBsdTap.TUNGIFHEAD, request.clear()), null);
        if (request.buffer().getInt(0) == 0) {
            setFamilyPrefix(1);
            prefixSet = true;
        }
    }

    private synchronized void setFamilyPrefix(int on) throws IOException {
        request.clear().buffer().putInt(0, on);
        check("ioctl(TUNSIFHEAD, " + on + ")", ioctl(fd, FreeBsdTap.TUNSIFHEAD, request), null);
    }

    /**
     * Makes the interface promiscuous until the device is closed: otherwise the driver silently drops frames for other
     * stations, which a bridge has to pass on.
     */
    synchronized void setPromiscuous() throws IOException {
        promiscuousSet = setFlags(FreeBsdTap.IFF_PPROMISC, 0);
    }

    @Override
    void restore() {
        if (promiscuousSet && !limited) {
            promiscuousSet = false;
            attempt("stays promiscuous", () -> setFlags(0, FreeBsdTap.IFF_PPROMISC));
        }
        if (prefixSet) {
            prefixSet = false;
            attempt("keeps the address family in front of each packet", () -> setFamilyPrefix(0));
        }
    }

    @Override
    String adviceToSetUp() {
        return kind == TunKind.TAP ? UP_ON_OPEN : null;
    }

    /** How a tap is up without privilege; closing it sets it down, so root cannot set it up beforehand. */
    static final String UP_ON_OPEN =
        "with 'sysctl net.link.tap.up_on_open=1', set by root, a tap is up whenever it is open";

    /** The length of the vnet header; 0 also on a kernel that has no vnet headers. */
    synchronized int vnetHeader() throws IOException {
        int result = ioctl(fd, FreeBsdTap.TAPGVNETHDR, request.clear());
        if (Errno.ENOTTY.is(result)) {
            return 0;
        }
        check("ioctl(TAPGVNETHDR)", result, null);
        return request.buffer().getInt(0);
    }

    /** Asks for offloads, and returns those that the interface has then. */
    synchronized VirtioNetOffloads setOffloads(VirtioNetOffloads asked) throws IOException {
        byName("SIOCGIFCAP", FreeBsdTap.SIOCGIFCAP);
        int able = request.buffer().getInt(FreeBsdTap.IFREQ_REQCAP);
        int enabled = request.buffer().getInt(FreeBsdTap.IFREQ_CURCAP);
        int wanted = enabled;
        for (Map.Entry<VirtioNetOffload, Integer> capability : CAPABILITIES.entrySet()) {
            int bits = capability.getValue();
            wanted &= ~bits;
            if (asked.contains(capability.getKey()) && (able & bits) == bits) {
                wanted |= bits;
            }
        }
        if (wanted != enabled) {
            int capabilities = wanted;
            try {
                byName("SIOCSIFCAP", FreeBsdTap.SIOCSIFCAP,
                    argument -> argument.putInt(FreeBsdTap.IFREQ_REQCAP, capabilities));
            } catch (SystemCallException e) {
                if (!isUnprivileged(e)) {
                    throw e;
                }
                // The vnet header needs no privilege, and is of use without them.
                LOGGER.warn("{}: its offloads stay as they are, which OFFLOADS tells: setting them needs root",
                    LinkState.shown(name()), e);
            }
        }
        return offloads();
    }

    /** The offloads that are switched on, of which one may be on for IPv4 or IPv6 alone. */
    synchronized VirtioNetOffloads offloads() throws IOException {
        byName("SIOCGIFCAP", FreeBsdTap.SIOCGIFCAP);
        int enabled = request.buffer().getInt(FreeBsdTap.IFREQ_CURCAP);
        VirtioNetOffloads offloads = VirtioNetOffloads.NONE;
        for (Map.Entry<VirtioNetOffload, Integer> capability : CAPABILITIES.entrySet()) {
            if ((enabled & capability.getValue()) != 0) {
                offloads = offloads.or(VirtioNetOffloads.of(capability.getKey()));
            }
        }
        return offloads;
    }

    /** The address when the device was opened, or as set by this object: the driver does not report other changes. */
    synchronized MacAddress mac() throws IOException {
        if (macSet != null) {
            return macSet;
        }
        check("ioctl(SIOCGIFADDR)", ioctl(fd, FreeBsdTap.SIOCGIFADDR, request.clear()), null);
        long bits = 0;
        for (int i = 0; i < MacAddress.LENGTH; i++) {
            bits = bits << 8 | request.buffer().get(i) & 0xff;
        }
        return MacAddress.of(bits);
    }

    synchronized void setMac(MacAddress mac) throws IOException {
        byName("SIOCSIFLLADDR, " + mac, FreeBsdTap.SIOCSIFLLADDR, argument -> argument
            .put(FreeBsdTap.IFREQ_ADDR_LENGTH, (byte) MacAddress.LENGTH)
            .put(FreeBsdTap.IFREQ_ADDR_FAMILY, (byte) FreeBsdTap.AF_LINK)
            .put(FreeBsdTap.IFREQ_ADDR_DATA, mac.toBytes()));
        macSet = mac;
    }

    /** Limits the rights of all descriptors to what an open device needs; there is no way back. */
    synchronized void limitRights() throws IOException {
        CapsicumRights.limit(calls, fd,
            CapsicumRights.READ | CapsicumRights.WRITE | CapsicumRights.EVENT | CapsicumRights.IOCTL,
            REQUESTS_OF_DEVICE);
        CapsicumRights.limit(calls, socket(), CapsicumRights.IOCTL, REQUESTS_OF_SOCKET);
        limited = true;
    }
}
