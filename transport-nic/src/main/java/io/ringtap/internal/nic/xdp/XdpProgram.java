/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.nic.xdp;

import io.ringtap.internal.unix.Errno;
import io.ringtap.internal.unix.SystemCallException;
import io.ringtap.internal.unix.SystemCalls;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * The program of an interface, which hands frames to the sockets of its queues. All sockets of this process on one
 * interface share it. It is attached by a link, as long as there is such a socket, and goes with the process. Any
 * thread.
 */
public final class XdpProgram {
    /** The queues that the map has room for. */
    public static final int QUEUES = 256;

    private static final int GENERIC = 2;
    private static final int DRIVER = 4;
    private static final Map<Interface, XdpProgram> ATTACHED = new HashMap<>();

    private final Interface owner;
    private final TakenFrames taken;
    private final int map;
    private final int program;
    private final int link;
    private final boolean generic;
    private final boolean inParts;
    private final Set<Integer> queues = new HashSet<>();

    private record Interface(String namespace, int index) {
    }

    private XdpProgram(Interface owner, TakenFrames taken, int map, int program, int link, boolean generic,
                       boolean inParts) {
        this.owner = owner;
        this.taken = taken;
        this.map = map;
        this.program = program;
        this.link = link;
        this.generic = generic;
        this.inParts = inParts;
    }

    /** An interface of the namespace of the calling thread. */
    private static Interface here(int index) throws IOException {
        return new Interface(Files.readSymbolicLink(Path.of("/proc/thread-self/ns/net")).toString(), index);
    }

    /**
     * The queues of an interface, in the namespace of the calling thread, that are open in this process; {@code null}
     * if the interface has no program of this process.
     */
    static synchronized Set<Integer> openQueues(int index) throws IOException {
        XdpProgram program = ATTACHED.get(here(index));
        return program == null ? null : Set.copyOf(program.queues);
    }

    /**
     * Returns the program of an interface in the namespace of the calling thread: the one that it has, or one that is
     * loaded and attached. It is the caller's until {@link #close}.
     *
     * @param queue of the caller, which is not open yet
     * @param shown the port, for messages
     * @param generic whether it runs in the network stack, {@code null} if the driver cannot
     * @param inParts whether frames may be longer than a buffer of the driver
     */
    static synchronized XdpProgram of(String shown, int index, int queue, TakenFrames taken, Boolean generic,
                                      boolean inParts) throws IOException {
        Interface owner = here(index);
        XdpProgram program = ATTACHED.get(owner);
        if (program == null) {
            program = attach(shown, owner, taken, generic, inParts);
            ATTACHED.put(owner, program);
        } else if (!program.taken.equals(taken) || generic != null && generic != program.generic
            || inParts && !program.inParts) {
            throw new IOException(shown + ": another queue of the interface is open, and takes other frames or is"
                + " attached otherwise: all queues share one program");
        }
        program.queues.add(queue);
        return program;
    }

    private static XdpProgram attach(String shown, Interface owner, TakenFrames taken, Boolean wanted, boolean inParts)
        throws IOException {
        int map = BpfCalls.createSocketMap(QUEUES);
        int program = -1;
        int link = -1;
        try {
            program = BpfCalls.loadProgram(TakingProgram.of(taken, map), inParts);
            link = BpfCalls.attach(program, owner.index(), Boolean.TRUE.equals(wanted) ? GENERIC : DRIVER);
            boolean generic = Boolean.TRUE.equals(wanted);
            if (wanted == null && Errno.EOPNOTSUPP.is(link)) {
                link = BpfCalls.attach(program, owner.index(), GENERIC);
                generic = true;
            }
            if (link < 0) {
                throw new SystemCallException(shown + ": bpf(BPF_LINK_CREATE)", -link, advice(link));
            }
            return new XdpProgram(owner, taken, map, program, link, generic, inParts);
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
        if (Errno.EOPNOTSUPP.is(error)) {
            return "the driver runs no XDP programs: generic=on has the network stack run it";
        }
        return Errno.EINVAL.is(error) || Errno.ERANGE.is(error)
            ? "the driver refuses a program with the MTU or the offloads that the interface has" : null;
    }

    /** Has the frames of a queue go to a bound socket, until that is closed. */
    void put(int queue, int socket) throws IOException {
        BpfCalls.putSocket(map, queue, socket);
    }

    /** Whether it runs in the network stack, and not in the driver. */
    public boolean isGeneric() {
        return generic;
    }

    /** Ends what {@link #of} has begun for a queue. That of the last queue detaches the program. */
    void close(int queue) {
        // Whoever opens a queue meanwhile waits, and finds the interface without a program.
        synchronized (XdpProgram.class) {
            if (queues.remove(queue) && queues.isEmpty()) {
                ATTACHED.remove(owner);
                SystemCalls.close(link);
                SystemCalls.close(program);
                SystemCalls.close(map);
            }
        }
    }
}
