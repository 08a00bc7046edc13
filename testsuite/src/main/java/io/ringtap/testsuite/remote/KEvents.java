/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testsuite.remote;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** An array of {@code struct kevent} as {@code sys/event.h} of FreeBSD 12 and later has it. Not thread safe. */
final class KEvents {
    /** Of a struct: ident, filter, flags, filter flags, data, user data, and four numbers that nobody uses here. */
    static final int SIZE = 64;

    static final short EVFILT_USER = -11;
    static final short EV_ADD = 0x0001;
    static final short EV_CLEAR = 0x0020;
    static final short EV_ERROR = 0x4000;
    static final int NOTE_TRIGGER = 0x0100_0000;

    private static final int FILTER = 8;
    private static final int FLAGS = 10;
    private static final int FILTER_FLAGS = 12;
    private static final int DATA = 16;
    private static final int USER_DATA = 24;

    private ByteBuffer structs;
    private int count;

    KEvents(int capacity) {
        structs = AgentProtocol.allocate(capacity * SIZE);
    }

    int capacity() {
        return structs.capacity() / SIZE;
    }

    int count() {
        return count;
    }

    void clear() {
        count = 0;
        Arrays.fill(structs.array(), (byte) 0);
    }

    /** The same with room for twice as many. What it held is lost. */
    void grow() {
        structs = AgentProtocol.allocate(2 * structs.capacity());
        count = 0;
    }

    /** Adds a change. */
    void add(int ident, short filter, short flags, int filterFlags, long userData) {
        if (count == capacity()) {
            ByteBuffer larger = AgentProtocol.allocate(2 * structs.capacity());
            larger.put(0, structs, 0, structs.capacity());
            structs = larger;
        }
        int at = count++ * SIZE;
        structs.putLong(at, ident).putShort(at + FILTER, filter).putShort(at + FLAGS, flags)
            .putInt(at + FILTER_FLAGS, filterFlags).putLong(at + DATA, 0).putLong(at + USER_DATA, userData);
    }

    /** The structs that were added. */
    byte[] content() {
        return Arrays.copyOf(structs.array(), count * SIZE);
    }

    /** Takes structs that the kernel has filled. */
    void take(ByteBuffer filled, int number) {
        structs.put(0, filled, 0, number * SIZE);
        count = number;
    }

    int ident(int i) {
        return (int) structs.getLong(i * SIZE);
    }

    short filter(int i) {
        return structs.getShort(i * SIZE + FILTER);
    }

    short flags(int i) {
        return structs.getShort(i * SIZE + FLAGS);
    }

    int filterFlags(int i) {
        return structs.getInt(i * SIZE + FILTER_FLAGS);
    }

    long data(int i) {
        return structs.getLong(i * SIZE + DATA);
    }

    long userData(int i) {
        return structs.getLong(i * SIZE + USER_DATA);
    }
}
