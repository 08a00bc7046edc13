/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.kernel;

import io.ringtap.internal.netmap.driver.NetmapFile;
import io.ringtap.internal.netmap.driver.NetmapMemory;
import io.ringtap.internal.netmap.driver.NetmapRegistration;
import io.ringtap.internal.netmap.driver.NetmapRequest;
import io.ringtap.internal.unix.Errno;
import io.ringtap.internal.netmap.layout.NetmapLayout.Ioctl;
import io.ringtap.internal.unix.OperatingSystem;
import io.ringtap.internal.unix.SystemCalls;
import io.ringtap.netmap.NetmapError;
import io.ringtap.netmap.NetmapException;
import io.ringtap.netmap.NetmapExternalMemory;
import io.ringtap.netmap.NetmapRingCounts;

import java.util.ArrayList;
import java.util.List;

/** One descriptor of {@code /dev/netmap}. */
final class KernelNetmapFile implements NetmapFile {
    private final long txSync = Ioctl.txSync(OperatingSystem.isFreeBsd());
    private final long rxSync = Ioctl.rxSync(OperatingSystem.isFreeBsd());
    private final KernelRequests requests;
    private int fd;
    private String port = "no port";
    private NetmapRegistration registration;
    /** The file that contains the port's memory; {@code null} if the memory is netmap's own. */
    private KernelMemory external;

    KernelNetmapFile(int fd, KernelRequests requests) {
        this.fd = fd;
        this.requests = requests;
    }

    @Override
    public NetmapRegistration register(NetmapRequest request) throws NetmapException {
        NetmapExternalMemory wanted = request.externalMemory();
        KernelMemory given = wanted == null ? null : KernelMemory.mapFile(wanted.file(), request.portName());
        boolean done = false;
        try {
            check("register " + request.portName() + (wanted == null ? "" : wanted.toString()),
                requests.register(request, given));
            // If the port exists already, the kernel succeeds without using the memory that was given.
            if (given != null && !given.holds(request.portName(), requests.result().offset())) {
                throw new NetmapException(NetmapError.EINVAL, request.portName()
                    + " is open already, with other memory than that of " + wanted);
            }
            done = true;
        } finally {
            if (!done && given != null) {
                given.release();
            }
        }
        external = given;
        port = request.portName();
        registration = requests.result();
        return registration;
    }

    @Override
    public NetmapMemory map() throws NetmapException {
        if (registration == null) {
            throw new NetmapException("mmap of a descriptor that is bound to no port", NetmapError.EINVAL);
        }
        return external == null ? KernelMemory.map(fd, registration.memorySize(), port) : external.retain();
    }

    @Override
    public void txSync() throws NetmapException {
        sync("TXSYNC of ", txSync);
    }

    @Override
    public void rxSync() throws NetmapException {
        sync("RXSYNC of ", rxSync);
    }

    private void sync(String what, long call) throws NetmapException {
        int error = SystemCalls.ioctl(fd, call, 0);
        while (Errno.EINTR.is(error)) {
            error = SystemCalls.ioctl(fd, call, 0);
        }
        if (error < 0) {
            NetmapException plain = failed(what + port, -error);
            throw Errno.EIO.is(error)
                ? new NetmapException(NetmapError.EIO, plain.getMessage() + ": the interface is gone, or was reset")
                : plain;
        }
    }

    @Override
    public int headerLength(String name) throws NetmapException {
        return check("vnet header of " + name, requests.headerLength(name));
    }

    @Override
    public void headerLength(String name, int length) throws NetmapException {
        check("vnet header of " + length + " bytes on " + name, requests.headerLength(name, length));
    }

    @Override
    public NetmapRegistration portInfo(String name) throws NetmapException {
        check("information of " + name, requests.portInfo(name));
        return requests.result();
    }

    @Override
    public void attach(NetmapRequest request) throws NetmapException {
        check("attach " + request.portName(), requests.attach(request));
    }

    @Override
    public void detach(String name) throws NetmapException {
        check("detach " + name, requests.detach(name));
    }

    @Override
    public List<String> valePorts() throws NetmapException {
        List<String> names = new ArrayList<>();
        check("list of VALE ports", requests.valePorts(names));
        return names;
    }

    @Override
    public void create(String name, NetmapRingCounts counts, int memoryId) throws NetmapException {
        check("create " + name, requests.create(name, counts, memoryId));
    }

    @Override
    public void destroy(String name) throws NetmapException {
        check("destroy " + name, requests.destroy(name));
    }

    @Override
    public long receivedDrops() {
        return -1;
    }

    @Override
    public int descriptor() {
        return fd;
    }

    @Override
    public void onReady(Runnable callback) {
        throw new UnsupportedOperationException("wait on the descriptor of " + port);
    }

    @Override
    public void close() {
        int open = fd;
        fd = -1;
        if (open >= 0) {
            SystemCalls.close(open);
        }
        if (external != null) {
            external.release();
            external = null;
        }
    }

    private static int check(String what, int result) throws NetmapException {
        if (result < 0) {
            throw failed(what, -result);
        }
        return result;
    }

    static NetmapException failed(String what, int errno) {
        String name = Errno.nameOf(errno);
        NetmapError error = NetmapError.OTHER;
        for (NetmapError known : NetmapError.values()) {
            if (known.name().equals(name)) {
                error = known;
            }
        }
        return new NetmapException(error, "netmap: " + what + " failed: " + name + " ("
            + (error == NetmapError.OTHER ? SystemCalls.describe(errno) : error.meaning()) + ')');
    }
}
