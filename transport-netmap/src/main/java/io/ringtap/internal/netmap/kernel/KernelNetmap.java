/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.kernel;

import io.ringtap.internal.netmap.driver.NetmapBackend;
import io.ringtap.internal.netmap.driver.NetmapFile;
import io.ringtap.internal.netmap.layout.NetmapLayout;
import io.ringtap.internal.netmap.layout.NetmapLayout.Body;
import io.ringtap.internal.netmap.layout.NetmapLayout.Header;
import io.ringtap.internal.unix.Errno;
import io.ringtap.internal.netmap.layout.NetmapLayout.Ioctl;
import io.ringtap.internal.unix.NativeMemory;
import io.ringtap.internal.unix.SystemCalls;
import io.ringtap.netmap.NetmapError;
import io.ringtap.netmap.NetmapException;

import java.lang.ref.Reference;

/**
 * The netmap of the kernel. Requests are made with NIOCCTRL, which exists since API 12, and with NIOCREGIF on older
 * kernels.
 */
public final class KernelNetmap implements NetmapBackend {
    /** The kernel of this machine. */
    public static final KernelNetmap INSTANCE = new KernelNetmap(false);

    private final boolean legacy;

    /**
     * A netmap that may be asked to use the old requests.
     *
     * @param legacy whether to use NIOCREGIF even if the kernel understands NIOCCTRL, as it understands both
     */
    public KernelNetmap(boolean legacy) {
        this.legacy = legacy;
    }

    @Override
    public String name() {
        return "kernel";
    }

    @Override
    public NetmapFile open() throws NetmapException {
        try {
            SystemCalls.load();
        } catch (LinkageError | RuntimeException e) {
            throw new NetmapException(NetmapError.EOPNOTSUPP, "jnr-ffi cannot reach the C library of this platform: "
                + e);
        }
        int fd = SystemCalls.open(NetmapLayout.DEVICE, SystemCalls.O_RDWR | SystemCalls.O_CLOEXEC);
        if (fd < 0) {
            throw openFailure(fd);
        }
        NetmapFile opened = null;
        try {
            opened = new KernelNetmapFile(fd, !legacy && hasControl(fd) ? new KernelControl(fd) : new KernelLegacy(fd));
            return opened;
        } finally {
            // There was no memory for a request, for example.
            if (opened == null) {
                SystemCalls.close(fd);
            }
        }
    }

    /** Why netmap cannot be opened, with advice in the message; {@code null} if it can. Each call tries it. */
    public Throwable unavailabilityCause() {
        try {
            open().close();
            return null;
        } catch (NetmapException | LinkageError | RuntimeException e) {
            return e;
        }
    }

    /** Asks for the global memory region, which exists without any port. */
    private static boolean hasControl(int fd) {
        NativeMemory header = NativeMemory.allocate(Header.SIZE);
        NativeMemory body = NativeMemory.allocate(Body.INFO_SIZE);
        header.buffer().putShort(Header.VERSION, (short) NetmapLayout.API);
        header.buffer().putShort(Header.REQ_TYPE, (short) Header.PORT_INFO_GET);
        header.buffer().putLong(Header.BODY, body.address());
        try {
            return SystemCalls.ioctl(fd, Integer.toUnsignedLong(Ioctl.NIOCCTRL), header) >= 0;
        } finally {
            // The header points at the body.
            Reference.reachabilityFence(body);
        }
    }

    private static NetmapException openFailure(int result) {
        String advice = "";
        if (Errno.ENOENT.is(result) || Errno.ENXIO.is(result) || Errno.ENODEV.is(result)) {
            advice = ": this kernel has no netmap loaded; on Linux load netmap.ko, on FreeBSD 'kldload netmap'";
        } else if (Errno.EACCES.is(result) || Errno.EPERM.is(result)) {
            advice = ": this user may not open it: run as root, or 'chgrp' and 'chmod g+rw' the device";
        }
        NetmapException plain = KernelNetmapFile.failed("open(" + NetmapLayout.DEVICE + ")", -result);
        return new NetmapException(plain.error(), plain.getMessage() + advice);
    }
}
