/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testsuite.remote;

import io.ringtap.internal.unix.MemoryMapper;
import io.ringtap.testsuite.remote.AgentConnection.Reply;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Maps memory that a device of a remote virtual machine shares: a process there maps it as any program would, mem(4)
 * says on which physical pages it lies, and those pages are mapped here from the file that holds the memory of the
 * machine. Both sides see each other's stores, as two processes of one machine do. Any thread.
 */
final class RemoteMapper implements MemoryMapper {
    private static final int SYS_MUNMAP = 73;
    private static final int SYS_MMAP = 477;
    private static final int PROT_READ_WRITE = 3;
    private static final int MAP_SHARED = 1;
    private static final int EINVAL = 22;
    private static final int EIO = 5;
    private static final String PHYSICAL_MEMORY = "/dev/mem\0";
    /** The device takes its time for each page. */
    private static final long WAIT_MILLIS = 60_000;

    private final AgentSession session;
    private final MachineMemory memory;
    private final Map<Long, Mapping> mappings = new ConcurrentHashMap<>();

    /** A mapping of the machine, in a process of its own, as it ends with its process. */
    private record Mapping(AgentConnection process, long address, long size) {
        /** The device is to know that it is gone when this returns, and the end of the process takes a while. */
        long end() throws AgentException {
            try (process) {
                return call(process, SYS_MUNMAP, address, size);
            }
        }
    }

    RemoteMapper(AgentSession session, MachineMemory memory) {
        this.session = session;
        this.memory = memory;
    }

    @Override
    public long map(int fd, long size) {
        if (size <= 0 || size % MachineMemory.PAGE != 0) {
            return -EINVAL;
        }
        try {
            AgentConnection process = session.newConnection();
            long there = call(process, SYS_MMAP, 0, size, PROT_READ_WRITE, MAP_SHARED, fd, 0);
            if (there < 0) {
                process.close();
                return there;
            }
            Mapping mapping = new Mapping(process, there, size);
            long here = mapHere(mapping);
            if (here < 0) {
                mapping.end();
            } else {
                mappings.put(here, mapping);
            }
            return here;
        } catch (AgentException e) {
            return -EIO;
        }
    }

    private long mapHere(Mapping mapping) throws AgentException {
        long[] pages = new long[Math.toIntExact(mapping.size / MachineMemory.PAGE)];
        int device = (int) open(mapping.process);
        if (device < 0) {
            return device;
        }
        try {
            int most = mapping.process.scratchLength() / Long.BYTES;
            for (int first = 0; first < pages.length; first += most) {
                int count = Math.min(most, pages.length - first);
                Reply reply = mapping.process.request(AgentProtocol.PAGES, 0, 0, ByteBuffer.allocate(0), 0,
                    count * Long.BYTES, WAIT_MILLIS, mapping.address + (long) first * MachineMemory.PAGE, count,
                    device);
                if (reply.result() < 0) {
                    return reply.result();
                }
                AgentProtocol.wrap(reply.out()).asLongBuffer().get(pages, first, count);
            }
        } finally {
            call(mapping.process, FreeBsdCalls.CLOSE, device);
        }
        return memory.map(pages);
    }

    private static long open(AgentConnection process) throws AgentException {
        ByteBuffer path = ByteBuffer.wrap(PHYSICAL_MEMORY.getBytes(StandardCharsets.US_ASCII));
        return process.request(AgentProtocol.CALL, FreeBsdCalls.OPEN, 0, path, 0, 0, 0, process.scratch(), 0).result();
    }

    private static long call(AgentConnection process, int number, long... arguments) throws AgentException {
        return process.request(AgentProtocol.CALL, number, 0, ByteBuffer.allocate(0), 0, 0, 0, arguments).result();
    }

    @Override
    public int unmap(long address, long size) {
        Mapping mapping = mappings.remove(address);
        if (mapping == null) {
            return -EINVAL;
        }
        int result = MachineMemory.unmap(address, mapping.size);
        try {
            return (int) Math.min(result, mapping.end());
        } catch (AgentException e) {
            return -EIO;
        }
    }
}
