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
import java.lang.ref.Reference;
import java.nio.ByteBuffer;

/** bpf(2), as far as an XDP program that hands frames to sockets needs it. Any thread. */
public final class BpfCalls {
    private static final int MAP_CREATE = 0;
    private static final int MAP_UPDATE_ELEM = 2;
    private static final int PROG_LOAD = 5;
    private static final int PROG_GET_FD_BY_ID = 13;
    private static final int OBJ_GET_INFO_BY_FD = 15;
    private static final int LINK_CREATE = 28;
    private static final int MAP_TYPE_XSKMAP = 17;
    private static final int PROG_TYPE_XDP = 6;
    private static final int ATTACH_XDP = 37;
    private static final int INSTRUCTION = 8;
    /** union bpf_attr, as long as any part that is used here. */
    private static final int ATTRIBUTES = 128;
    private static final int LOG = 64 * 1024;
    /** struct bpf_prog_info, as far as the name. */
    private static final int PROG_INFO = 80;
    private static final int PROG_INFO_USER = 48;
    private static final int PROG_INFO_NAME = 64;
    private static final int OBJECT_NAME = 16;
    private static final int ATTR_PROG_FLAGS = 44;
    /** Linux 5.18. */
    private static final int XDP_HAS_FRAGS = 1 << 5;
    private static final int ATTR_PROG_NAME = 48;
    /** What {@code bpftool prog} and {@code ip -d link} show. */
    private static final String NAME = "ringtap";
    private static final String PRIVILEGE = "loading an XDP program needs CAP_BPF and CAP_NET_ADMIN: run as root, or"
        + " give java the capabilities";

    private BpfCalls() {
    }

    private static NativeMemory attributes() {
        return NativeMemory.allocate(ATTRIBUTES).clear();
    }

    private static int check(String call, int result) throws IOException {
        if (result < 0) {
            throw new SystemCallException("bpf(" + call + ")", -result, Errno.EPERM.is(result) ? PRIVILEGE : null);
        }
        return result;
    }

    /** Makes a map of sockets by the number of their queue; its descriptor. */
    public static int createSocketMap(int queues) throws IOException {
        NativeMemory attributes = attributes();
        attributes.buffer().putInt(0, MAP_TYPE_XSKMAP).putInt(4, Integer.BYTES).putInt(8, Integer.BYTES)
            .putInt(12, queues);
        return check("BPF_MAP_CREATE", SystemCalls.bpf(MAP_CREATE, attributes));
    }

    /** Puts a bound socket into a map. */
    static void putSocket(int map, int queue, int socket) throws IOException {
        NativeMemory pair = NativeMemory.allocate(2 * Integer.BYTES);
        pair.buffer().putInt(0, queue).putInt(4, socket);
        NativeMemory attributes = attributes();
        attributes.buffer().putInt(0, map).putLong(8, pair.address()).putLong(16, pair.address() + Integer.BYTES);
        int result = SystemCalls.bpf(MAP_UPDATE_ELEM, attributes);
        Reference.reachabilityFence(pair);
        check("BPF_MAP_UPDATE_ELEM", result);
    }

    /**
     * Loads an XDP program; its descriptor.
     *
     * @param instructions struct bpf_insn, in a direct buffer from its beginning on
     * @param inParts whether it may be given frames that are longer than a buffer of the driver
     * @throws IOException with what the verifier says, if it refuses the program
     */
    public static int loadProgram(NativeMemory instructions, boolean inParts) throws IOException {
        NativeMemory licence = NativeMemory.allocate(16);
        licence.putCString(0, "GPL");
        NativeMemory attributes = attributes();
        ByteBuffer words = attributes.buffer();
        words.putInt(0, PROG_TYPE_XDP).putInt(4, instructions.size() / INSTRUCTION)
            .putLong(8, instructions.address()).putLong(16, licence.address());
        words.putInt(ATTR_PROG_FLAGS, inParts ? XDP_HAS_FRAGS : 0);
        attributes.putCString(ATTR_PROG_NAME, NAME);
        int result = SystemCalls.bpf(PROG_LOAD, attributes);
        String told = "";
        if (result < 0 && !Errno.EPERM.is(result)) {
            NativeMemory log = NativeMemory.allocate(LOG);
            words.putInt(24, 1).putInt(28, LOG).putLong(32, log.address());
            result = SystemCalls.bpf(PROG_LOAD, attributes);
            if (result < 0) {
                told = log.getCString(0, LOG).strip();
            }
        }
        Reference.reachabilityFence(licence);
        Reference.reachabilityFence(instructions);
        if (result < 0 && !told.isEmpty()) {
            throw new SystemCallException("bpf(BPF_PROG_LOAD)", -result, "the verifier says: " + told);
        }
        return check("BPF_PROG_LOAD", result);
    }

    /**
     * Describes a loaded program: its number, its name and who has loaded it, as far as this process may know them.
     *
     * @param id the number
     */
    static String describe(int id) {
        NativeMemory attributes = attributes();
        NativeMemory info = NativeMemory.allocate(PROG_INFO);
        attributes.buffer().putInt(0, id);
        int program = SystemCalls.bpf(PROG_GET_FD_BY_ID, attributes);
        if (program < 0) {
            return "number " + id;
        }
        attributes.clear().buffer().putInt(0, program).putInt(4, PROG_INFO).putLong(8, info.address());
        int result = SystemCalls.bpf(OBJ_GET_INFO_BY_FD, attributes);
        SystemCalls.close(program);
        return result < 0 ? "number " + id : "number " + id + " \"" + info.getCString(PROG_INFO_NAME, OBJECT_NAME)
            + "\", loaded by user " + Integer.toUnsignedLong(info.buffer().getInt(PROG_INFO_USER));
    }

    /**
     * Attaches a program to an interface as long as the descriptor that is returned, or a copy of it, is open.
     *
     * @return the descriptor of the link, or a negative error number
     */
    public static int attach(int program, int index, int mode) {
        NativeMemory attributes = attributes();
        attributes.buffer().putInt(0, program).putInt(4, index).putInt(8, ATTACH_XDP).putInt(12, mode);
        return SystemCalls.bpf(LINK_CREATE, attributes);
    }
}
