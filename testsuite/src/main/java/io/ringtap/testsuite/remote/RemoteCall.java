/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testsuite.remote;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * One system call that is being made: lays out in the scratch memory of the agent what its pointers point at, and takes
 * back what the kernel has left there. The addresses that its methods return are those of the agent's process. Used
 * once, by one thread.
 */
final class RemoteCall {
    /** Areas begin at multiples of this, as structs may. */
    private static final int ALIGNMENT = 16;

    /** Takes what an area holds after the call. */
    interface Taker {
        /**
         * Called once, if the call was made.
         *
         * @param result of the call
         * @param bytes of the area, in the order of the machine
         */
        void take(long result, ByteBuffer bytes);
    }

    private record Area(int at, int length, Taker taker) {
    }

    private final AgentConnection connection;
    private final AgentSession session;
    private final int number;
    private final List<Area> areas = new ArrayList<>();
    private byte[] content = new byte[256];
    /** Where the next area begins. */
    private int next;
    /** Where the last one ends that has content. */
    private int contentEnd;
    private long waitMillis;
    private int flags;

    RemoteCall(AgentSession session, int number) throws AgentException {
        this.session = session;
        this.number = number;
        connection = session.connection();
    }

    /** The call may wait for so long; -1 for ever. */
    RemoteCall waitingFor(long millis) {
        waitMillis = millis;
        return this;
    }

    private int reserve(long length) {
        int at = next;
        next = Math.toIntExact((at + length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
        return at;
    }

    private int fill(byte[] bytes) {
        int at = reserve(bytes.length);
        if (next > content.length) {
            content = Arrays.copyOf(content, Math.max(next, 2 * content.length));
        }
        System.arraycopy(bytes, 0, content, at, bytes.length);
        contentEnd = at + bytes.length;
        return at;
    }

    /** An area with content, which the kernel reads. */
    long in(byte[] bytes) {
        return connection.scratch() + fill(bytes);
    }

    /** The same with a copy of memory of this process; 0 for the address 0. */
    long in(long address, long length) {
        return address == 0 ? 0 : in(LocalMemory.read(address, length));
    }

    /** An area with content, which the kernel may change. */
    long inOut(byte[] bytes, Taker taker) {
        int at = fill(bytes);
        areas.add(new Area(at, bytes.length, taker));
        return connection.scratch() + at;
    }

    /** The same with a copy of memory of this process, which is changed as the kernel does; 0 for the address 0. */
    long inOut(long address, long length) {
        return address == 0 ? 0 : inOut(LocalMemory.read(address, length),
            (result, bytes) -> LocalMemory.write(address, bytes.array(), bytes.arrayOffset(), bytes.capacity()));
    }

    /** An area without content, which the kernel fills. */
    long out(int length, Taker taker) {
        int at = reserve(length);
        areas.add(new Area(at, length, taker));
        return connection.scratch() + at;
    }

    /** The one area of a call that fills it with as many bytes as its result says: only these come back. */
    long received(int length, Taker taker) {
        flags = AgentProtocol.AS_LONG_AS_RESULT;
        return out(length, taker);
    }

    /** The same into memory of this process. */
    long received(long address, long length) {
        return received(Math.toIntExact(length),
            (result, bytes) -> LocalMemory.write(address, bytes.array(), bytes.arrayOffset(), bytes.capacity()));
    }

    /**
     * Makes the call.
     *
     * @return its result, a negative error number of FreeBSD if it failed
     * @throws AgentException if the machine is lost
     */
    long execute(long... arguments) throws AgentException {
        int outAt = areas.isEmpty() ? 0 : areas.get(0).at;
        Area last = areas.isEmpty() ? null : areas.get(areas.size() - 1);
        int outLength = last == null ? 0 : last.at + last.length - outAt;
        AgentConnection.Reply reply = session.request(AgentProtocol.CALL, number, flags,
            ByteBuffer.wrap(content, 0, contentEnd), outAt, outLength, waitMillis, arguments);
        for (Area area : areas) {
            int from = area.at - outAt;
            int length = Math.min(area.length, reply.out().length - from);
            area.taker.take(reply.result(),
                AgentProtocol.wrap(reply.out()).slice(from, length).order(AgentProtocol.ORDER));
        }
        return reply.result();
    }
}
