/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.nic;

import io.ringtap.internal.unix.NativeMemory;
import io.ringtap.internal.unix.NetworkNamespace;
import io.ringtap.internal.unix.RouteNetlink;
import io.ringtap.internal.unix.SystemCallException;
import io.ringtap.internal.unix.SystemCalls;

import java.io.IOException;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.List;

/**
 * The program of an interface, its maps and its link, by the numbers that the kernel gave them; {@code linux/bpf.h}.
 */
record BpfObjects(int program, List<Integer> maps, List<Integer> links) {
    private static final int PROG_GET_FD_BY_ID = 13;
    private static final int MAP_GET_FD_BY_ID = 14;
    private static final int OBJ_GET_INFO_BY_FD = 15;
    private static final int LINK_GET_FD_BY_ID = 30;
    private static final int LINK_GET_NEXT_ID = 31;
    private static final int ENOENT = 2;
    /** struct bpf_prog_info. */
    private static final int NR_MAP_IDS = 52;
    private static final int MAP_IDS = 56;
    private static final int INFO = 256;
    /** struct bpf_link_info. */
    private static final int LINK_PROG_ID = 8;
    private static final int MOST_MAPS = 8;

    /** Those of an interface that has a program. */
    static BpfObjects of(String namespace, String name) throws IOException {
        int program = NetworkNamespace.call(namespace, () -> {
            try (RouteNetlink links = RouteNetlink.open()) {
                return links.xdpProgram(links.link(name).index());
            }
        });
        return new BpfObjects(program, mapsOf(program), linksOf(program));
    }

    private static NativeMemory attributes(int... words) {
        NativeMemory attributes = NativeMemory.allocate(128).clear();
        for (int i = 0; i < words.length; i++) {
            attributes.buffer().putInt(i * Integer.BYTES, words[i]);
        }
        return attributes;
    }

    private static NativeMemory info(int fd, NativeMemory info) throws SystemCallException {
        NativeMemory attributes = attributes(fd, INFO);
        attributes.buffer().putLong(8, info.address());
        SystemCalls.check("BPF_OBJ_GET_INFO_BY_FD", SystemCalls.bpf(OBJ_GET_INFO_BY_FD, attributes));
        SystemCalls.close(fd);
        return info;
    }

    private static List<Integer> mapsOf(int program) throws IOException {
        int fd = SystemCalls.check("BPF_PROG_GET_FD_BY_ID", SystemCalls.bpf(PROG_GET_FD_BY_ID, attributes(program)));
        NativeMemory ids = NativeMemory.allocate(MOST_MAPS * Integer.BYTES);
        NativeMemory info = NativeMemory.allocate(INFO).clear();
        info.buffer().putInt(NR_MAP_IDS, MOST_MAPS).putLong(MAP_IDS, ids.address());
        int count = info(fd, info).buffer().getInt(NR_MAP_IDS);
        List<Integer> maps = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            maps.add(ids.buffer().getInt(i * Integer.BYTES));
        }
        Reference.reachabilityFence(ids);
        return maps;
    }

    private static List<Integer> linksOf(int program) throws IOException {
        List<Integer> links = new ArrayList<>();
        NativeMemory next = attributes(0);
        while (SystemCalls.bpf(LINK_GET_NEXT_ID, next) >= 0) {
            int id = next.buffer().getInt(4);
            int fd = SystemCalls.bpf(LINK_GET_FD_BY_ID, attributes(id));
            if (fd >= 0 && info(fd, NativeMemory.allocate(INFO).clear()).buffer().getInt(LINK_PROG_ID) == program) {
                links.add(id);
            }
            next = attributes(id);
        }
        return links;
    }

    /** Whether none of them is there any more. */
    boolean areGone() {
        return isGone(PROG_GET_FD_BY_ID, program) && maps.stream().allMatch(id -> isGone(MAP_GET_FD_BY_ID, id))
            && links.stream().allMatch(id -> isGone(LINK_GET_FD_BY_ID, id));
    }

    private static boolean isGone(int command, int id) {
        int fd = SystemCalls.bpf(command, attributes(id));
        if (fd >= 0) {
            SystemCalls.close(fd);
        }
        return fd == -ENOENT;
    }
}
