/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.ringtap.ethernet.MacAddress;
import io.ringtap.unix.Errno;
import io.ringtap.unix.NativeMemory;
import io.ringtap.unix.SystemCallException;
import io.ringtap.virtio.VirtioNetOffload;
import io.ringtap.virtio.VirtioNetOffloads;

import java.io.Closeable;
import java.io.IOException;
import java.util.Map;

/**
 * The network interface behind a tap descriptor of FreeBSD: asked for its name through the descriptor, as it may be
 * renamed, and changed by that name through a socket. It owns both, so that no ioctl of another thread meets a number
 * that was closed and given out again. Any thread. Not run by us on FreeBSD.
 */
final class FreeBsdTapLink implements Closeable {
    /** A tap gives nothing else: it drops a segment with CWR, and segments no UDP. */
    private static final Map<VirtioNetOffload, Integer> CAPABILITIES = Map.of(
        VirtioNetOffload.CSUM, FreeBsdTap.IFCAP_TXCSUM | FreeBsdTap.IFCAP_TXCSUM_IPV6,
        VirtioNetOffload.TSO4, FreeBsdTap.IFCAP_TSO4,
        VirtioNetOffload.TSO6, FreeBsdTap.IFCAP_TSO6);

    /** All that a tap can give. */
    static final VirtioNetOffloads OFFLOADS =
        VirtioNetOffloads.of(CAPABILITIES.keySet().toArray(VirtioNetOffload[]::new));

    private final DeviceCalls calls;
    private final int fd;
    private final NativeMemory request = NativeMemory.allocate(FreeBsdTap.IFREQ_SIZE);
    private final int socket;
    private MacAddress macSet;
    private boolean closed;

    /** Takes over an open descriptor, which stays the caller's if this fails. */
    FreeBsdTapLink(DeviceCalls calls, int fd) throws IOException {
        this.calls = calls;
        this.fd = fd;
        int opened = calls.socket(FreeBsdTap.AF_LOCAL, FreeBsdTap.SOCK_DGRAM | FreeBsdTap.SOCK_CLOEXEC);
        if (opened < 0) {
            throw new SystemCallException("socket(AF_LOCAL)", -opened, null);
        }
        socket = opened;
    }

    int descriptor() {
        return fd;
    }

    /** The name that the interface has now. */
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

    /** The length of the vnet header, 0 also where the kernel knows none. */
    synchronized int vnetHeader() throws IOException {
        int result = ioctl(fd, FreeBsdTap.TAPGVNETHDR, request.clear());
        if (Errno.ENOTTY.is(result)) {
            return 0;
        }
        check("ioctl(TAPGVNETHDR)", result, null);
        return request.buffer().getInt(0);
    }

    /** Asks for offloads, and tells which of them the interface gives. */
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
            prepareByName().buffer().putInt(FreeBsdTap.IFREQ_REQCAP, wanted);
            toSocket("SIOCSIFCAP", FreeBsdTap.SIOCSIFCAP);
        }
        return agreed;
    }

    synchronized int mtu() throws IOException {
        byName("SIOCGIFMTU", FreeBsdTap.SIOCGIFMTU);
        return request.buffer().getInt(FreeBsdTap.IFREQ_MTU);
    }

    synchronized void setMtu(int mtu) throws IOException {
        prepareByName().buffer().putInt(FreeBsdTap.IFREQ_MTU, mtu);
        toSocket("SIOCSIFMTU, " + mtu, FreeBsdTap.SIOCSIFMTU);
    }

    /** The address it had when it was opened, or was given through here: the driver does not tell of other changes. */
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
        prepareByName().buffer().put(FreeBsdTap.IFREQ_ADDR_LENGTH, (byte) MacAddress.LENGTH)
            .put(FreeBsdTap.IFREQ_ADDR_FAMILY, (byte) FreeBsdTap.AF_LINK)
            .put(FreeBsdTap.IFREQ_ADDR_DATA, mac.toBytes());
        toSocket("SIOCSIFLLADDR, " + mac, FreeBsdTap.SIOCSIFLLADDR);
        macSet = mac;
    }

    /** The IFF_ flags, the high half included. */
    synchronized int flags() throws IOException {
        byName("SIOCGIFFLAGS", FreeBsdTap.SIOCGIFFLAGS);
        return request.buffer().getShort(FreeBsdTap.IFREQ_FLAGS) & 0xffff
            | request.buffer().getShort(FreeBsdTap.IFREQ_FLAGS_HIGH) << 16;
    }

    /** Sets some flags and clears others; what is so already is left alone, as that needs no privilege. */
    synchronized void setFlags(int set, int cleared) throws IOException {
        int now = flags();
        int wanted = now & ~cleared | set;
        if (wanted != now) {
            prepareByName().buffer().putShort(FreeBsdTap.IFREQ_FLAGS, (short) wanted)
                .putShort(FreeBsdTap.IFREQ_FLAGS_HIGH, (short) (wanted >>> 16));
            toSocket("SIOCSIFFLAGS", FreeBsdTap.SIOCSIFFLAGS);
        }
    }

    private NativeMemory prepareByName() throws IOException {
        String name = name();
        request.clear().putCString(0, name);
        return request;
    }

    private void byName(String call, long number) throws IOException {
        prepareByName();
        toSocket(call, number);
    }

    private void toSocket(String call, long number) throws IOException {
        int result = ioctl(socket, number, request);
        check("ioctl(" + call + ")", result, Errno.EPERM.is(result) || Errno.EACCES.is(result)
            ? "changing a network interface needs root: run as root, or let root set it with ifconfig" : null);
    }

    private int ioctl(int descriptor, long number, NativeMemory argument) throws IOException {
        if (closed) {
            throw new IOException("the device is closed");
        }
        return calls.ioctl(descriptor, number, argument);
    }

    private static void check(String call, int result, String advice) throws SystemCallException {
        if (result < 0) {
            throw new SystemCallException(call, -result, advice);
        }
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            letGo();
            calls.close(fd);
        }
    }

    /** Closes all but the descriptor, which goes back to who gave it. */
    synchronized void letGo() {
        closed = true;
        calls.close(socket);
    }
}
