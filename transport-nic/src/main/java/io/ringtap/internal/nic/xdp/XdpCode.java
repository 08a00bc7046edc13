/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.nic.xdp;

import io.ringtap.internal.unix.NativeMemory;

import java.util.ArrayList;
import java.util.List;

/** Instructions of an eBPF program under construction: struct bpf_insn, with jumps to labels that come later. */
final class XdpCode {
    private static final int INSTRUCTION = 8;

    private static final int LOAD_BYTE = 0x71;
    private static final int LOAD_HALF = 0x69;
    private static final int LOAD_WORD = 0x61;
    private static final int LOAD_MAP = 0x18;
    private static final int PSEUDO_MAP_FD = 1;
    private static final int MOVE = 0xbf;
    private static final int MOVE_NUMBER = 0xb7;
    private static final int ADD = 0x0f;
    private static final int ADD_NUMBER = 0x07;
    private static final int AND_NUMBER = 0x57;
    private static final int SHIFT_LEFT = 0x67;
    private static final int JUMP = 0x05;
    private static final int JUMP_EQUAL = 0x15;
    private static final int JUMP_NOT_EQUAL = 0x55;
    private static final int JUMP_GREATER = 0x2d;
    private static final int CALL = 0x85;
    private static final int EXIT = 0x95;

    private record Instruction(int operation, int to, int from, int offset, int number, Label target) {
    }

    /** A place that is jumped to. */
    static final class Label {
        private int index = -1;
    }

    private final List<Instruction> code = new ArrayList<>();

    private XdpCode add(int operation, int to, int from, int offset, int number) {
        code.add(new Instruction(operation, to, from, offset, number, null));
        return this;
    }

    private XdpCode jump(int operation, int left, int right, int number, Label target) {
        code.add(new Instruction(operation, left, right, 0, number, target));
        return this;
    }

    XdpCode loadByte(int to, int from, int offset) {
        return add(LOAD_BYTE, to, from, offset, 0);
    }

    XdpCode loadHalf(int to, int from, int offset) {
        return add(LOAD_HALF, to, from, offset, 0);
    }

    XdpCode loadWord(int to, int from, int offset) {
        return add(LOAD_WORD, to, from, offset, 0);
    }

    XdpCode loadMap(int to, int descriptor) {
        return add(LOAD_MAP, to, PSEUDO_MAP_FD, 0, descriptor).add(0, 0, 0, 0, 0);
    }

    XdpCode move(int to, int from) {
        return add(MOVE, to, from, 0, 0);
    }

    XdpCode moveNumber(int to, int number) {
        return add(MOVE_NUMBER, to, 0, 0, number);
    }

    XdpCode add(int to, int from) {
        return add(ADD, to, from, 0, 0);
    }

    XdpCode addNumber(int to, int number) {
        return add(ADD_NUMBER, to, 0, 0, number);
    }

    XdpCode andNumber(int to, int number) {
        return add(AND_NUMBER, to, 0, 0, number);
    }

    XdpCode shiftLeft(int to, int bits) {
        return add(SHIFT_LEFT, to, 0, 0, bits);
    }

    XdpCode jump(Label target) {
        return jump(JUMP, 0, 0, 0, target);
    }

    XdpCode jumpIfEqual(int left, int number, Label target) {
        return jump(JUMP_EQUAL, left, 0, number, target);
    }

    XdpCode jumpIfNotEqual(int left, int number, Label target) {
        return jump(JUMP_NOT_EQUAL, left, 0, number, target);
    }

    XdpCode jumpIfGreater(int left, int right, Label target) {
        return jump(JUMP_GREATER, left, right, 0, target);
    }

    XdpCode call(int function) {
        return add(CALL, 0, 0, 0, function);
    }

    XdpCode exit() {
        return add(EXIT, 0, 0, 0, 0);
    }

    XdpCode place(Label label) {
        label.index = code.size();
        return this;
    }

    /** The program, for the kernel. */
    NativeMemory memory() {
        NativeMemory memory = NativeMemory.allocate(code.size() * INSTRUCTION);
        for (int i = 0; i < code.size(); i++) {
            Instruction instruction = code.get(i);
            int offset = instruction.target == null ? instruction.offset : instruction.target.index - i - 1;
            int at = i * INSTRUCTION;
            // Bit fields: the first is the lower one on little-endian machines, which is what Linux runs on here.
            memory.buffer().put(at, (byte) instruction.operation)
                .put(at + 1, (byte) (instruction.from << 4 | instruction.to)).putShort(at + 2, (short) offset)
                .putInt(at + 4, instruction.number);
        }
        return memory;
    }
}
