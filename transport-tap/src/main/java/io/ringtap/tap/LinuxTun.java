/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.ringtap.internal.unix.Ioctl;

/** Numbers of Linux's tun driver, from {@code linux/if_tun.h}, and of struct ifreq, from {@code linux/if.h}. */
final class LinuxTun {
    static final String DEVICE_NODE = "/dev/net/tun";

    static final long TUNSETIFF = Ioctl.linuxWrite('T', 202, 4);
    /** By value: 1 to persist, 0 not to. */
    static final long TUNSETPERSIST = Ioctl.linuxWrite('T', 203, 4);
    /** By value. */
    static final long TUNSETOWNER = Ioctl.linuxWrite('T', 204, 4);
    /** By value. */
    static final long TUNSETGROUP = Ioctl.linuxWrite('T', 206, 4);
    static final long TUNGETFEATURES = Ioctl.linuxRead('T', 207, 4);
    /** By value, although its number says otherwise. */
    static final long TUNSETOFFLOAD = Ioctl.linuxWrite('T', 208, 4);
    static final long TUNGETIFF = Ioctl.linuxRead('T', 210, 4);
    static final long TUNGETSNDBUF = Ioctl.linuxRead('T', 211, 4);
    static final long TUNSETSNDBUF = Ioctl.linuxWrite('T', 212, 4);
    static final long TUNGETVNETHDRSZ = Ioctl.linuxRead('T', 215, 4);
    static final long TUNSETVNETHDRSZ = Ioctl.linuxWrite('T', 216, 4);
    static final long TUNSETVNETLE = Ioctl.linuxWrite('T', 220, 4);
    static final long TUNGETVNETLE = Ioctl.linuxRead('T', 221, 4);
    static final long TUNSETCARRIER = Ioctl.linuxWrite('T', 226, 4);
    static final long TUNGETDEVNETNS = Ioctl.linuxIo('T', 227);
    static final long SIOCSIFHWADDR = 0x8924;
    static final long SIOCGIFHWADDR = 0x8927;

    static final int IFF_TUN = 0x1;
    static final int IFF_TAP = 0x2;
    static final int IFF_NO_PI = 0x1000;
    static final int IFF_VNET_HDR = 0x4000;
    static final int IFF_MULTI_QUEUE = 0x100;
    static final int IFF_PERSIST = 0x800;
    static final int IFF_TUN_EXCL = 0x8000;

    /** The unions of struct ifreq start behind the name. */
    static final int IFREQ_SIZE = 40;
    static final int IFREQ_FLAGS = 16;
    static final int IFREQ_HWADDR_FAMILY = 16;
    static final int IFREQ_HWADDR_DATA = 18;
    static final short ARPHRD_ETHER = 1;

    private LinuxTun() {
    }
}
