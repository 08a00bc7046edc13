/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.ringtap.internal.unix.Errno;
import io.ringtap.internal.unix.NativeMemory;
import io.ringtap.internal.unix.SystemCallException;
import io.ringtap.internal.unix.SystemCalls;
import io.ringtap.virtio.VnetHeaderLength;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Opens utun devices of macOS, which are sockets of a kernel control, in steps, and releases everything if a step
 * fails. The name is {@code utunN}, or {@code utun%d} for one that the kernel picks. Not run by us on macOS.
 */
final class UtunOpener {
    private static final String PATTERN = "utun%d";
    private static final String NUMBERED = "utun\\d{1,5}";

    private UtunOpener() {
    }

    /**
     * Creates the device, which ceases to exist when it is closed.
     *
     * @throws IllegalArgumentException if the name or the settings are not possible for a utun
     * @throws IOException if it cannot be opened with these settings, with the reason and what to do
     */
    static UtunDevice open(DeviceCalls calls, InterfaceAddress address, TapSettings settings) throws IOException {
        String name = address.name();
        if (!name.equals(PATTERN) && !name.matches(NUMBERED)) {
            throw new IllegalArgumentException(address + ": a TUN device of macOS is called utun0 or another number, or"
                + " utun%d for any");
        }
        if (settings.capsicum()) {
            throw new IllegalArgumentException(address + ": " + TapSettings.NO_CAPSICUM);
        }
        if (settings.mtu() != null) {
            TapSettings.requireNone(TapSettings.mtuProblem(FreeBsdTap.MIN_MTU, TunKind.TUN, settings.mtu()));
        }
        List<String> problems = problems(settings);
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException(address + ": a utun of macOS has no " + String.join(", no ", problems));
        }
        try {
            return attached(calls, name.equals(PATTERN) ? 0 : Integer.parseInt(name.substring(4)) + 1, settings);
        } catch (SystemCallException e) {
            throw new IOException(address + ": " + e.getMessage(), e);
        }
    }

    private static UtunDevice attached(DeviceCalls calls, int unit, TapSettings settings) throws IOException {
        int fd = calls.socket(DarwinUtun.AF_SYSTEM, DarwinUtun.SOCK_DGRAM, DarwinUtun.SYSPROTO_CONTROL);
        BsdLink.check("socket(PF_SYSTEM)", fd, null);
        UtunLink link;
        try {
            connect(calls, fd, unit);
            SystemCalls.check("fcntl(O_NONBLOCK)", calls.setNonBlocking(fd));
            link = new UtunLink(calls, fd);
        } catch (Throwable e) {
            calls.close(fd);
            throw e;
        }
        try {
            if (settings.mtu() != null && settings.mtu() != link.mtu()) {
                link.setMtu(settings.mtu());
            }
            if (settings.up() != null) {
                link.setUp(settings.up());
            }
            return new UtunDevice(calls, link);
        } catch (Throwable e) {
            link.close();
            throw e;
        }
    }

    private static void connect(DeviceCalls calls, int fd, int unit) throws IOException {
        NativeMemory info = NativeMemory.allocate(DarwinUtun.CTL_INFO_SIZE);
        info.putCString(DarwinUtun.CTL_INFO_NAME, DarwinUtun.UTUN_CONTROL_NAME);
        BsdLink.check("ioctl(CTLIOCGINFO)", calls.ioctl(fd, DarwinUtun.CTLIOCGINFO, info),
            "this kernel has no control " + DarwinUtun.UTUN_CONTROL_NAME);
        NativeMemory address = NativeMemory.allocate(DarwinUtun.SOCKADDR_CTL_SIZE);
        address.buffer().put(DarwinUtun.SC_LEN, (byte) DarwinUtun.SOCKADDR_CTL_SIZE)
            .put(DarwinUtun.SC_FAMILY, (byte) DarwinUtun.AF_SYSTEM)
            .putShort(DarwinUtun.SS_SYSADDR, (short) DarwinUtun.AF_SYS_CONTROL)
            .putInt(DarwinUtun.SC_ID, info.buffer().getInt(0))
            .putInt(DarwinUtun.SC_UNIT, unit);
        int result = calls.connect(fd, address);
        BsdLink.check("connect(utun)", result, Errno.EPERM.is(result) || Errno.EACCES.is(result)
            ? "making a utun needs root" : Errno.EBUSY.is(result) ? "a utun of that number exists already" : null);
    }

    /**
     * Takes over a connected socket that was opened elsewhere, as by a privileged parent.
     *
     * @throws IOException if it is no utun, or its state cannot be read; it is still open then
     */
    static UtunDevice adopt(DeviceCalls calls, int fd) throws IOException {
        SystemCalls.check("fcntl(O_NONBLOCK)", calls.setNonBlocking(fd));
        UtunLink link = new UtunLink(calls, fd);
        try {
            return new UtunDevice(calls, link);
        } catch (Throwable e) {
            link.letGo();
            throw e;
        }
    }

    private static List<String> problems(TapSettings settings) {
        List<String> problems = new ArrayList<>();
        note(problems, !settings.vnetHeaders().contains(VnetHeaderLength.NONE), "VNET_HEADER");
        note(problems, !settings.addresses().isEmpty(), "ADDRESSES that can be set from here (run ifconfig"
            + " once the channel is open)");
        note(problems, settings.carrier() != null, "CARRIER");
        note(problems, Boolean.TRUE.equals(settings.persist()), "PERSIST that could be on");
        note(problems, settings.owner() != null, "OWNER");
        note(problems, settings.group() != null, "GROUP");
        note(problems, settings.multiQueue(), "MULTI_QUEUE");
        note(problems, settings.sendBuffer() != null, "SO_SNDBUF");
        note(problems, settings.namespace() != null, "NETWORK_NAMESPACE");
        return problems;
    }

    private static void note(List<String> problems, boolean applies, String problem) {
        if (applies) {
            problems.add(problem);
        }
    }
}
