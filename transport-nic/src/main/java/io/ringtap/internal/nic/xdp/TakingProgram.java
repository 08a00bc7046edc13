/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.nic.xdp;

import io.ringtap.internal.unix.NativeMemory;

/**
 * Writes the program that hands frames of a queue to the socket of that queue, and leaves all others to the host. It
 * reads the frame as it lies in the first buffer of the driver, behind bounds that the verifier asks for.
 */
final class TakingProgram {
    private static final int XDP_PASS = 2;
    private static final int REDIRECT_MAP = 51;
    /** Of struct xdp_md. */
    private static final int DATA = 0;
    private static final int DATA_END = 4;
    private static final int RX_QUEUE_INDEX = 16;

    private static final int ETHERNET = 14;
    private static final int ETHER_TYPE = 12;
    private static final int IPV4 = 0x0800;
    private static final int IPV4_HEADER = 20;
    private static final int IPV4_FRAGMENT = ETHERNET + 6;
    private static final int IPV4_PROTOCOL = ETHERNET + 9;
    private static final int IPV6 = 0x86dd;
    private static final int IPV6_HEADER = 40;
    private static final int IPV6_NEXT_HEADER = ETHERNET + 6;
    private static final int UDP = 17;
    private static final int UDP_DESTINATION = 2;
    private static final int UDP_PORTS = 4;

    private static final int RESULT = 0;
    private static final int FRAME = 2;
    private static final int END = 3;
    private static final int POINTER = 4;
    private static final int VALUE = 5;
    private static final int CONTEXT = 6;

    private final XdpCode code = new XdpCode();
    private final XdpCode.Label pass = new XdpCode.Label();
    private final XdpCode.Label take = new XdpCode.Label();
    private final TakenFrames taken;

    private TakingProgram(TakenFrames taken) {
        this.taken = taken;
    }

    /** The program that takes such frames, for the sockets of a map. */
    static NativeMemory of(TakenFrames taken, int map) {
        TakingProgram program = new TakingProgram(taken);
        program.code.move(CONTEXT, 1);
        if (!taken.isAll()) {
            program.choose();
        }
        program.end(map);
        return program.code.memory();
    }

    /** A number of the network as a load of this machine sees it. */
    private static int swapped(int number) {
        return Short.toUnsignedInt(Short.reverseBytes((short) number));
    }

    private void choose() {
        code.loadWord(FRAME, CONTEXT, DATA).loadWord(END, CONTEXT, DATA_END);
        requireFromFrame(ETHERNET);
        code.loadHalf(VALUE, FRAME, ETHER_TYPE);
        taken.etherTypes().forEach(type -> code.jumpIfEqual(VALUE, swapped(type), take));
        if (!taken.udpPorts().isEmpty()) {
            chooseUdp();
        }
        code.jump(pass);
    }

    private void chooseUdp() {
        XdpCode.Label ipv4 = new XdpCode.Label();
        XdpCode.Label ipv6 = new XdpCode.Label();
        XdpCode.Label ports = new XdpCode.Label();
        code.jumpIfEqual(VALUE, swapped(IPV4), ipv4).jumpIfEqual(VALUE, swapped(IPV6), ipv6).jump(pass);
        code.place(ipv4);
        requireFromFrame(ETHERNET + IPV4_HEADER);
        code.loadByte(VALUE, FRAME, IPV4_PROTOCOL).jumpIfNotEqual(VALUE, UDP, pass)
            .loadHalf(VALUE, FRAME, IPV4_FRAGMENT).andNumber(VALUE, swapped(0x1fff)).jumpIfNotEqual(VALUE, 0, pass)
            .loadByte(VALUE, FRAME, ETHERNET).andNumber(VALUE, 0xf).shiftLeft(VALUE, 2)
            .move(POINTER, FRAME).add(POINTER, VALUE).jump(ports);
        code.place(ipv6);
        requireFromFrame(ETHERNET + IPV6_HEADER);
        code.loadByte(VALUE, FRAME, IPV6_NEXT_HEADER).jumpIfNotEqual(VALUE, UDP, pass)
            .move(POINTER, FRAME).addNumber(POINTER, IPV6_HEADER);
        // The pointer is as far ahead of the frame as the IP header is long.
        code.place(ports).move(VALUE, POINTER).addNumber(VALUE, ETHERNET + UDP_PORTS).jumpIfGreater(VALUE, END, pass)
            .loadHalf(VALUE, POINTER, ETHERNET + UDP_DESTINATION);
        taken.udpPorts().forEach(port -> code.jumpIfEqual(VALUE, swapped(port), take));
    }

    /** Leaves a frame that is shorter than this to the host. */
    private void requireFromFrame(int bytes) {
        code.move(POINTER, FRAME).addNumber(POINTER, bytes).jumpIfGreater(POINTER, END, pass);
    }

    /** {@code return bpf_redirect_map(&map, ctx->rx_queue_index, XDP_PASS)}, and where frames are left to the host. */
    private void end(int map) {
        code.place(take).loadWord(2, CONTEXT, RX_QUEUE_INDEX).loadMap(1, map).moveNumber(3, XDP_PASS)
            .call(REDIRECT_MAP).exit();
        if (!taken.isAll()) {
            code.place(pass).moveNumber(RESULT, XDP_PASS).exit();
        }
    }
}
