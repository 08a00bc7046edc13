/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.nic.xdp;

import io.ringtap.internal.unix.Errno;
import io.ringtap.internal.unix.NativeMemory;
import io.ringtap.internal.unix.SystemCallException;
import io.ringtap.internal.unix.SystemCalls;

import java.io.IOException;

/**
 * The program that hands the frames of a queue to the socket of that queue, and all others to the host. It is attached
 * by a link, so that it goes with the process. Any thread.
 */
public final class XdpProgram {
    private static final int GENERIC = 2;
    private static final int DRIVER = 4;
    /** The queues that the map has room for. */
    public static final int QUEUES = 256;
    /** Of struct xdp_md. */
    private static final int RX_QUEUE_INDEX = 16;
    private static final int XDP_PASS = 2;
    private static final int REDIRECT_MAP = 51;
    private static final int INSTRUCTIONS = 6;
    private static final int INSTRUCTION = 8;

    private final int map;
    private final int program;
    private final int link;
    private final boolean generic;

    private XdpProgram(int map, int program, int link, boolean generic) {
        this.map = map;
        this.program = program;
        this.link = link;
        this.generic = generic;
    }

    /**
     * Loads the program and attaches it, in the driver if that can be and in the network stack if not.
     *
     * @param shown the port, for messages
     */
    static XdpProgram attach(String shown, int index) throws IOException {
        int map = BpfCalls.createSocketMap(QUEUES);
        int program = -1;
        int link = -1;
        try {
            program = BpfCalls.loadProgram(instructions(map));
            link = BpfCalls.attach(program, index, DRIVER);
            boolean generic = Errno.EOPNOTSUPP.is(link);
            if (generic) {
                link = BpfCalls.attach(program, index, GENERIC);
            }
            if (link < 0) {
                throw new SystemCallException(shown + ": bpf(BPF_LINK_CREATE)", -link, advice(link));
            }
            return new XdpProgram(map, program, link, generic);
        } catch (Throwable e) {
            if (link >= 0) {
                SystemCalls.close(link);
            }
            if (program >= 0) {
                SystemCalls.close(program);
            }
            SystemCalls.close(map);
            throw e;
        }
    }

    private static String advice(int error) {
        if (Errno.EBUSY.is(error) || Errno.EEXIST.is(error)) {
            return "the interface has been given an XDP program meanwhile: 'ip -d link show' tells its number, and"
                + " 'bpftool prog' what it is";
        }
        return Errno.EINVAL.is(error) || Errno.ERANGE.is(error)
            ? "the driver refuses a program with the MTU or the offloads that the interface has" : null;
    }

    /** {@code return bpf_redirect_map(&map, ctx->rx_queue_index, XDP_PASS)}. */
    private static NativeMemory instructions(int map) {
        NativeMemory code = NativeMemory.allocate(INSTRUCTIONS * INSTRUCTION).clear();
        // r2 = ctx->rx_queue_index
        put(code, 0, 0x61, 2, 1, RX_QUEUE_INDEX, 0);
        // r1 = the map: two instructions
        put(code, 1, 0x18, 1, 1, 0, map);
        // r3 = what is returned if the map has no socket for the queue
        put(code, 3, 0xb7, 3, 0, 0, XDP_PASS);
        // r0 = bpf_redirect_map(r1, r2, r3)
        put(code, 4, 0x85, 0, 0, 0, REDIRECT_MAP);
        // return r0
        put(code, 5, 0x95, 0, 0, 0, 0);
        return code;
    }

    private static void put(NativeMemory code, int index, int operation, int to, int from, int offset, int value) {
        int at = index * INSTRUCTION;
        // Bit fields: the first is the lower one on little-endian machines, which is what Linux runs on here.
        code.buffer().put(at, (byte) operation).put(at + 1, (byte) (from << 4 | to)).putShort(at + 2, (short) offset)
            .putInt(at + 4, value);
    }

    /** Has the frames of a queue go to a bound socket. */
    void put(int queue, int socket) throws IOException {
        BpfCalls.putSocket(map, queue, socket);
    }

    /** Whether it runs in the network stack, and not in the driver. */
    boolean isGeneric() {
        return generic;
    }

    /** Detaches the program. */
    void close() {
        SystemCalls.close(link);
        SystemCalls.close(program);
        SystemCalls.close(map);
    }
}
