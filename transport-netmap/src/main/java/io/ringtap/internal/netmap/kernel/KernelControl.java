/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.kernel;

import io.ringtap.internal.netmap.driver.NetmapRegistration;
import io.ringtap.internal.netmap.driver.NetmapRequest;
import io.ringtap.internal.netmap.layout.NetmapLayout;
import io.ringtap.internal.netmap.layout.NetmapLayout.Body;
import io.ringtap.internal.netmap.layout.NetmapLayout.Header;
import io.ringtap.internal.netmap.layout.NetmapLayout.Option;
import io.ringtap.internal.netmap.layout.NetmapLayout.Register;
import io.ringtap.internal.unix.Errno;
import io.ringtap.internal.netmap.layout.NetmapLayout.Ioctl;
import io.ringtap.internal.unix.NativeMemory;
import io.ringtap.internal.unix.SystemCalls;
import io.ringtap.netmap.NetmapExternalMemory;
import io.ringtap.netmap.NetmapRingCounts;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.util.List;

/** Requests by NIOCCTRL, whose argument is a header that points at a body. */
final class KernelControl implements KernelRequests {
    private final int fd;
    private final NativeMemory header = NativeMemory.allocate(Header.SIZE);
    private final NativeMemory body = NativeMemory.allocate(Body.ATTACH_SIZE);
    /** Kept reachable while the kernel reads it. */
    private NativeMemory option;
    private NetmapRegistration result;

    KernelControl(int fd) {
        this.fd = fd;
    }

    private int call(int type, String port) {
        return call(type, port, body.address(), 0);
    }

    private int call(int type, String port, long bodyAddress, long optionAddress) {
        header.clear().putCString(Header.NAME, port);
        ByteBuffer bytes = header.buffer();
        bytes.putShort(Header.VERSION, (short) NetmapLayout.API);
        bytes.putShort(Header.REQ_TYPE, (short) type);
        bytes.putLong(Header.BODY, bodyAddress);
        bytes.putLong(Header.OPTIONS, optionAddress);
        try {
            return SystemCalls.ioctl(fd, Integer.toUnsignedLong(Ioctl.NIOCCTRL), header);
        } finally {
            // The header points at the body and the option; both are fields of this object.
            Reference.reachabilityFence(this);
        }
    }

    @Override
    public int register(NetmapRequest request, KernelMemory external) {
        ByteBuffer bytes = bodyOf(request);
        option = external == null ? null : optionOf(request.externalMemory(), external);
        int error = call(Header.REGISTER, request.portName(), body.address(), option == null ? 0 : option.address());
        if (error >= 0) {
            result = new NetmapRegistration(bytes.getLong(Register.OFFSET), bytes.getLong(Register.MEMSIZE),
                new NetmapRingCounts(u16(Register.TX_RINGS), u16(Register.RX_RINGS), u16(Register.HOST_TX_RINGS),
                    u16(Register.HOST_RX_RINGS), bytes.getInt(Register.TX_SLOTS), bytes.getInt(Register.RX_SLOTS)),
                u16(Register.MEM_ID), bytes.getInt(Register.EXTRA_BUFS));
        }
        return error;
    }

    private static NativeMemory optionOf(NetmapExternalMemory wanted, KernelMemory memory) {
        NativeMemory memoryOption = NativeMemory.allocate(Option.EXTMEM_SIZE);
        ByteBuffer bytes = memoryOption.buffer();
        bytes.putInt(Option.REQ_TYPE, Option.EXTMEM);
        bytes.putLong(Option.EXTMEM_ADDRESS, memory.address());
        bytes.putLong(Option.EXTMEM_POOLS + Body.POOLS_MEMSIZE, memory.size());
        bytes.putInt(Option.EXTMEM_POOLS + Body.POOLS_IF_TOTAL, wanted.interfaces());
        bytes.putInt(Option.EXTMEM_POOLS + Body.POOLS_IF_OBJECT, wanted.interfaceSize());
        bytes.putInt(Option.EXTMEM_POOLS + Body.POOLS_RING_TOTAL, wanted.rings());
        bytes.putInt(Option.EXTMEM_POOLS + Body.POOLS_RING_OBJECT, wanted.ringSize());
        bytes.putInt(Option.EXTMEM_POOLS + Body.POOLS_BUF_TOTAL, wanted.buffers());
        bytes.putInt(Option.EXTMEM_POOLS + Body.POOLS_BUF_OBJECT, wanted.bufferSize());
        return memoryOption;
    }

    private ByteBuffer bodyOf(NetmapRequest request) {
        ByteBuffer bytes = body.clear().buffer();
        NetmapRingCounts counts = request.counts();
        bytes.putInt(Register.TX_SLOTS, counts.txSlots());
        bytes.putInt(Register.RX_SLOTS, counts.rxSlots());
        bytes.putShort(Register.TX_RINGS, (short) counts.txRings());
        bytes.putShort(Register.RX_RINGS, (short) counts.rxRings());
        bytes.putShort(Register.HOST_TX_RINGS, (short) counts.hostTxRings());
        bytes.putShort(Register.HOST_RX_RINGS, (short) counts.hostRxRings());
        bytes.putShort(Register.MEM_ID, (short) request.memoryId());
        bytes.putShort(Register.RING_ID, (short) request.ring());
        bytes.putInt(Register.MODE, request.mode().code());
        bytes.putInt(Register.EXTRA_BUFS, request.extraBuffers());
        bytes.putLong(Register.FLAGS, request.flags());
        return bytes;
    }

    @Override
    public int portInfo(String port) {
        ByteBuffer bytes = body.clear().buffer();
        int error = call(Header.PORT_INFO_GET, port);
        if (error >= 0) {
            result = new NetmapRegistration(0, bytes.getLong(Body.INFO_MEMSIZE),
                new NetmapRingCounts(u16(Body.INFO_TX_RINGS), u16(Body.INFO_RX_RINGS), u16(Body.INFO_HOST_TX_RINGS),
                    u16(Body.INFO_HOST_RX_RINGS), bytes.getInt(Body.INFO_TX_SLOTS), bytes.getInt(Body.INFO_RX_SLOTS)),
                u16(Body.INFO_MEM_ID), 0);
        }
        return error;
    }

    private int u16(int offset) {
        return Short.toUnsignedInt(body.buffer().getShort(offset));
    }

    @Override
    public NetmapRegistration result() {
        return result;
    }

    @Override
    public int headerLength(String port) {
        body.clear();
        int error = call(Header.PORT_HDR_GET, port);
        return error < 0 ? error : body.buffer().getInt(Body.PORT_HDR_LENGTH);
    }

    @Override
    public int headerLength(String port, int length) {
        body.clear().buffer().putInt(Body.PORT_HDR_LENGTH, length);
        return call(Header.PORT_HDR_SET, port);
    }

    @Override
    public int attach(NetmapRequest request) {
        bodyOf(request);
        return call(Header.VALE_ATTACH, request.portName());
    }

    @Override
    public int detach(String port) {
        body.clear();
        return call(Header.VALE_DETACH, port);
    }

    @Override
    public int valePorts(List<String> names) {
        ByteBuffer bytes = body.clear().buffer();
        int error = call(Header.VALE_LIST, "");
        while (error >= 0) {
            names.add(header.getCString(Header.NAME, Header.NAME_SIZE));
            bytes.putInt(Body.LIST_PORT_INDEX, bytes.getInt(Body.LIST_PORT_INDEX) + 1);
            error = call(Header.VALE_LIST, "");
        }
        // netmap reports this error after the last port.
        return Errno.ENOENT.is(error) ? 0 : error;
    }

    @Override
    public int create(String name, NetmapRingCounts counts, int memoryId) {
        ByteBuffer bytes = body.clear().buffer();
        bytes.putInt(Body.NEWIF_TX_SLOTS, counts.txSlots());
        bytes.putInt(Body.NEWIF_RX_SLOTS, counts.rxSlots());
        bytes.putShort(Body.NEWIF_TX_RINGS, (short) counts.txRings());
        bytes.putShort(Body.NEWIF_RX_RINGS, (short) counts.rxRings());
        bytes.putShort(Body.NEWIF_MEM_ID, (short) memoryId);
        return call(Header.VALE_NEWIF, name);
    }

    @Override
    public int destroy(String name) {
        // This is the only request that has no body, and netmap refuses it if it has one.
        return call(Header.VALE_DELIF, name, 0, 0);
    }
}
