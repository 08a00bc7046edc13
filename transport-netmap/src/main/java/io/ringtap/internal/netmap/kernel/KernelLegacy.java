/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.kernel;

import io.ringtap.internal.netmap.driver.NetmapRegistration;
import io.ringtap.internal.netmap.driver.NetmapRequest;
import io.ringtap.internal.netmap.layout.NetmapLayout;
import io.ringtap.internal.netmap.layout.NetmapLayout.Legacy;
import io.ringtap.internal.netmap.layout.NetmapLayout.Register;
import io.ringtap.internal.unix.Errno;
import io.ringtap.internal.netmap.layout.NetmapLayout.Ioctl;
import io.ringtap.internal.unix.NativeMemory;
import io.ringtap.internal.unix.SystemCalls;
import io.ringtap.netmap.NetmapMode;
import io.ringtap.netmap.NetmapRingCounts;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * Requests by NIOCREGIF and NIOCGINFO, for kernels before API 12. Names have at most 15 characters there, and pipes
 * have numbers.
 */
final class KernelLegacy implements KernelRequests {
    private static final int PIPE_MASTER = 5;
    private static final int PIPE_SLAVE = 6;

    private final int fd;
    private final NativeMemory request = NativeMemory.allocate(Legacy.SIZE);
    private NetmapRegistration result;

    KernelLegacy(int fd) {
        this.fd = fd;
    }

    private int call(int number, String port) {
        if (port.length() >= Legacy.NAME_SIZE) {
            return -Errno.EINVAL.number();
        }
        request.putCString(Legacy.NAME, port);
        request.buffer().putInt(Legacy.VERSION, NetmapLayout.API);
        int error = SystemCalls.ioctl(fd, Integer.toUnsignedLong(number), request);
        if (error >= 0) {
            ByteBuffer bytes = request.buffer();
            result = new NetmapRegistration(Integer.toUnsignedLong(bytes.getInt(Legacy.OFFSET)),
                Integer.toUnsignedLong(bytes.getInt(Legacy.MEMSIZE)),
                new NetmapRingCounts(u16(Legacy.TX_RINGS), u16(Legacy.RX_RINGS), 0, 0, bytes.getInt(Legacy.TX_SLOTS),
                    bytes.getInt(Legacy.RX_SLOTS)), u16(Legacy.ARG2), bytes.getInt(Legacy.ARG3));
        }
        return error;
    }

    private int u16(int offset) {
        return Short.toUnsignedInt(request.buffer().getShort(offset));
    }

    @Override
    public int register(NetmapRequest wanted, KernelMemory external) {
        if (external != null) {
            return -Errno.EOPNOTSUPP.number();
        }
        String name = wanted.portName();
        int mode = wanted.mode().code();
        int ring = wanted.ring();
        int brace = Math.max(name.indexOf('{'), name.indexOf('}'));
        if (brace > 0) {
            try {
                ring = Integer.parseInt(name, brace + 1, name.length(), 10);
            } catch (NumberFormatException e) {
                return -Errno.EOPNOTSUPP.number();
            }
            mode = name.charAt(brace) == '{' ? PIPE_MASTER : PIPE_SLAVE;
            name = name.substring(0, brace);
        }
        ByteBuffer bytes = clearWith(wanted.counts(), wanted.memoryId());
        boolean noTxPoll = (wanted.flags() & Register.NO_TX_POLL) != 0;
        bytes.putShort(Legacy.RING_ID, (short) (ring | (noTxPoll ? Legacy.NO_TX_POLL : 0)));
        bytes.putInt(Legacy.ARG3, wanted.extraBuffers());
        bytes.putInt(Legacy.FLAGS, mode | wanted.flags() & ~Register.NO_TX_POLL);
        return call(Ioctl.NIOCREGIF, name);
    }

    private ByteBuffer clearWith(NetmapRingCounts counts, int memoryId) {
        ByteBuffer bytes = request.clear().buffer();
        bytes.putInt(Legacy.TX_SLOTS, counts.txSlots());
        bytes.putInt(Legacy.RX_SLOTS, counts.rxSlots());
        bytes.putShort(Legacy.TX_RINGS, (short) counts.txRings());
        bytes.putShort(Legacy.RX_RINGS, (short) counts.rxRings());
        bytes.putShort(Legacy.ARG2, (short) memoryId);
        return bytes;
    }

    @Override
    public int portInfo(String port) {
        request.clear();
        return call(Ioctl.NIOCGINFO, port);
    }

    @Override
    public NetmapRegistration result() {
        return result;
    }

    @Override
    public int headerLength(String port) {
        request.clear().buffer().putShort(Legacy.CMD, (short) Legacy.VNET_HDR_GET);
        int error = call(Ioctl.NIOCREGIF, port);
        return error < 0 ? error : u16(Legacy.ARG1);
    }

    @Override
    public int headerLength(String port, int length) {
        ByteBuffer bytes = request.clear().buffer();
        bytes.putShort(Legacy.CMD, (short) Legacy.BDG_VNET_HDR);
        bytes.putShort(Legacy.ARG1, (short) length);
        return call(Ioctl.NIOCREGIF, port);
    }

    @Override
    public int attach(NetmapRequest wanted) {
        ByteBuffer bytes = clearWith(wanted.counts(), wanted.memoryId());
        bytes.putShort(Legacy.CMD, (short) Legacy.BDG_ATTACH);
        bytes.putShort(Legacy.ARG1, (short) (wanted.mode() == NetmapMode.NIC_AND_HOST ? Legacy.BDG_HOST : 0));
        bytes.putInt(Legacy.FLAGS, NetmapMode.ALL_NIC.code());
        return call(Ioctl.NIOCREGIF, wanted.portName());
    }

    @Override
    public int detach(String port) {
        request.clear().buffer().putShort(Legacy.CMD, (short) Legacy.BDG_DETACH);
        return call(Ioctl.NIOCREGIF, port);
    }

    @Override
    public int valePorts(List<String> names) {
        ByteBuffer bytes = request.clear().buffer();
        bytes.putShort(Legacy.CMD, (short) Legacy.BDG_LIST);
        int error = call(Ioctl.NIOCGINFO, "");
        while (error >= 0) {
            names.add(request.getCString(Legacy.NAME, Legacy.NAME_SIZE));
            bytes.putShort(Legacy.ARG2, (short) (u16(Legacy.ARG2) + 1));
            error = call(Ioctl.NIOCGINFO, "");
        }
        // netmap reports this error after the last port.
        return Errno.ENOENT.is(error) ? 0 : error;
    }

    @Override
    public int create(String name, NetmapRingCounts counts, int memoryId) {
        clearWith(counts, memoryId).putShort(Legacy.CMD, (short) Legacy.BDG_NEWIF);
        return call(Ioctl.NIOCREGIF, name);
    }

    @Override
    public int destroy(String name) {
        request.clear().buffer().putShort(Legacy.CMD, (short) Legacy.BDG_DELIF);
        return call(Ioctl.NIOCREGIF, name);
    }
}
