/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.ringtap.ethernet.MacAddress;
import io.ringtap.internal.unix.Errno;
import io.ringtap.virtio.VirtioNetOffload;
import io.ringtap.virtio.VirtioNetOffloads;

import java.io.IOException;
import java.util.Map;

/** The network interface behind a tap or tun descriptor of FreeBSD. Any thread. Not run by us on FreeBSD. */
final class FreeBsdTapLink extends BsdLink {
    /** The offloads that a tap supports: it drops segments with CWR, and does not segment UDP. */
    private static final Map<VirtioNetOffload, Integer> CAPABILITIES = Map.of(
        VirtioNetOffload.CSUM, FreeBsdTap.IFCAP_TXCSUM | FreeBsdTap.IFCAP_TXCSUM_IPV6,
        VirtioNetOffload.TSO4, FreeBsdTap.IFCAP_TSO4,
        VirtioNetOffload.TSO6, FreeBsdTap.IFCAP_TSO6);

    /** All offloads that a tap supports. */
    static final VirtioNetOffloads OFFLOADS =
        VirtioNetOffloads.of(CAPABILITIES.keySet().toArray(VirtioNetOffload[]::new));

    private MacAddress macSet;

    /** Takes over an open descriptor, which stays the caller's if this fails. */
    FreeBsdTapLink(DeviceCalls calls, int fd) throws IOException {
        super(calls, fd, FreeBsdTap.AF_LOCAL, FreeBsdTap.SOCK_DGRAM | FreeBsdTap.SOCK_CLOEXEC);
    }

    @Override
    synchronized String name() throws IOException {
        check("ioctl(TAPGIFNAME)", ioctl(fd, FreeBsdTap.TAPGIFNAME, request.clear()), null);
        return request.getCString(0, FreeBsdTap.IFNAMSIZ);
    }

    /** Sets the length of the vnet header: 10 or 12 bytes. */
    synchronized void setVnetHeader(int length) throws IOException {
        request.clear().buffer().putInt(0, length);
        int result = ioctl(fd, FreeBsdTap.TAPSVNETHDR, request);
        check("ioctl(TAPSVNETHDR, " + length + ")", result, Errno.ENOTTY.is(result)
            ? "taps of this kernel have no vnet header, which came with FreeBSD 13: leave VNET_HEADER unset" : null);
    }

    /** Switches on the address family in front of each packet of a TUN device. */
    synchronized void setFamilyPrefix() throws IOException {
        request.clear().buffer().putInt(0, 1);
        check("ioctl(TUNSIFHEAD, 1)", ioctl(fd, FreeBsdTap.TUNSIFHEAD, request), null);
    }

    /** The length of the vnet header; 0 also on a kernel that has no vnet headers. */
    synchronized int vnetHeader() throws IOException {
        int result = ioctl(fd, FreeBsdTap.TAPGVNETHDR, request.clear());
        if (Errno.ENOTTY.is(result)) {
            return 0;
        }
        check("ioctl(TAPGVNETHDR)", result, null);
        return request.buffer().getInt(0);
    }

    /** Asks for offloads, and returns those that the interface has agreed to. */
    synchronized VirtioNetOffloads setOffloads(VirtioNetOffloads asked) throws IOException {
        byName("SIOCGIFCAP", FreeBsdTap.SIOCGIFCAP);
        int able = request.buffer().getInt(FreeBsdTap.IFREQ_REQCAP);
        int enabled = request.buffer().getInt(FreeBsdTap.IFREQ_CURCAP);
        int wanted = enabled;
        VirtioNetOffloads agreed = VirtioNetOffloads.NONE;
        for (Map.Entry<VirtioNetOffload, Integer> capability : CAPABILITIES.entrySet()) {
            int bits = capability.getValue();
            wanted &= ~bits;
            if (asked.contains(capability.getKey()) && (able & bits) == bits) {
                wanted |= bits;
                agreed = agreed.or(VirtioNetOffloads.of(capability.getKey()));
            }
        }
        if (wanted != enabled) {
            int capabilities = wanted;
            byName("SIOCSIFCAP", FreeBsdTap.SIOCSIFCAP,
                argument -> argument.putInt(FreeBsdTap.IFREQ_REQCAP, capabilities));
        }
        return agreed;
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
}
