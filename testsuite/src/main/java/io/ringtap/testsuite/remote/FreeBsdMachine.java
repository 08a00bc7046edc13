/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testsuite.remote;

import io.ringtap.internal.unix.MemoryMapper;
import io.ringtap.internal.unix.OperatingSystem;
import io.ringtap.internal.unix.Platform;
import io.ringtap.loop.FrameLoop;
import io.ringtap.testkit.OpenDescriptors;
import io.ringtap.testsuite.TestLoops;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.Callable;

/**
 * A FreeBSD machine that an agent drives for this JVM, and what tests ask of it beside what Ringtap does. Any thread.
 */
public final class FreeBsdMachine implements Closeable {
    private static final int SYS_SETUID = 23;
    private static final int SYS_SETGID = 181;
    private static final int SYS_SETGROUPS = 80;
    private static final int SYS_SYSCTLBYNAME = 570;
    private static final int ENODEV = 19;
    private static final int DESCRIPTORS = 1000;
    private static final int POLLFD = 8;
    private static final int POLLNVAL = 0x20;
    private static final int POLLFD_EVENTS = 6;
    private static final int STANDARD_DESCRIPTORS = 3;

    private final AgentSession session;
    private final Platform platform;
    private Platform before;

    /**
     * The machine that a session reaches.
     *
     * @param mapper maps memory of the machine into this process
     */
    FreeBsdMachine(AgentSession session, MemoryMapper mapper) {
        this.session = session;
        platform = new Platform(new RemoteLibC(session), OperatingSystem.FREEBSD, mapper, ByteBuffer::allocateDirect);
    }

    /**
     * Starts a session with the agent.
     *
     * @throws AgentException if it is not there, or refuses
     */
    public static FreeBsdMachine connect(AgentAddress address) throws AgentException {
        AgentSession session = new AgentSession(address);
        return new FreeBsdMachine(session, mapperOf(session, address));
    }

    /** What maps memory of the machine: without the file that holds it, nothing does. */
    private static MemoryMapper mapperOf(AgentSession session, AgentAddress address) {
        if (address.memory() != null) {
            return new RemoteMapper(session, new MachineMemory(address.memory()));
        }
        return new MemoryMapper() {
            @Override
            public long map(int fd, long size) {
                return -ENODEV;
            }

            @Override
            public int unmap(long mapped, long size) {
                return -ENODEV;
            }
        };
    }

    /** The calls to its agent. */
    public AgentSession session() {
        return session;
    }

    /** The platform whose system calls the machine executes. */
    public Platform platform() {
        return platform;
    }

    /** Lets all of Ringtap's system calls go there, and the tests run on its event loops, until {@link #uninstall}. */
    public void install() {
        before = Platform.install(platform);
        OpenDescriptors.replace(() -> {
            try {
                return openDescriptors();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        TestLoops.replace(Map.of(FrameLoop.KQUEUE, RemoteKQueueIoHandler.newFactory(session),
            FrameLoop.POLL, FrameLoop.POLL.newFactory()));
    }

    /** Takes back what {@link #install} did. */
    public void uninstall() {
        TestLoops.replace(null);
        OpenDescriptors.replace(null);
        Platform.install(before);
    }

    /**
     * Makes a system call whose arguments are numbers.
     *
     * @param number of {@code sys/syscall.h}
     * @return the result, a negative error number if it fails
     * @throws AgentException if the machine is lost
     */
    public long call(int number, long... arguments) throws AgentException {
        return new RemoteCall(session, number).execute(arguments);
    }

    /**
     * The same with bytes for the kernel to read and change; their address is the argument of this index.
     *
     * @return the result, a negative error number if it fails
     */
    public long call(int number, byte[] bytes, int index, long... arguments) throws AgentException {
        RemoteCall call = new RemoteCall(session, number);
        arguments[index] = call.inOut(bytes, (result, after) -> after.get(0, bytes));
        return call.execute(arguments);
    }

    /** A call whose arguments are laid out one by one. */
    RemoteCall newCall(int number) throws AgentException {
        return new RemoteCall(session, number);
    }

    /** Fails if a result is negative. */
    public static long check(String what, long result) throws IOException {
        if (result < 0) {
            throw new IOException(what + " fails with error " + -result + " of FreeBSD");
        }
        return result;
    }

    /**
     * The value of a kernel variable.
     *
     * @return as many bytes as it has, no more than 8192
     */
    public ByteBuffer sysctl(String name) throws IOException {
        RemoteCall call = new RemoteCall(session, SYS_SYSCTLBYNAME);
        byte[] bytes = name.getBytes(StandardCharsets.US_ASCII);
        byte[] value = new byte[8192];
        byte[] length = AgentProtocol.allocate(Long.BYTES).putLong(value.length).array();
        long at = call.in(bytes);
        long lengthAt = call.inOut(length, (result, after) -> after.get(0, length));
        long valueAt = call.out(value.length, (result, after) -> after.get(0, value));
        check("sysctl " + name, call.execute(at, bytes.length, valueAt, lengthAt, 0, 0));
        return AgentProtocol.wrap(value).slice(0, (int) AgentProtocol.wrap(length).getLong(0))
            .order(AgentProtocol.ORDER);
    }

    /** Sets a kernel variable that is an int. */
    public void setSysctl(String name, int value) throws IOException {
        RemoteCall call = new RemoteCall(session, SYS_SYSCTLBYNAME);
        byte[] bytes = name.getBytes(StandardCharsets.US_ASCII);
        long at = call.in(bytes);
        long valueAt = call.in(AgentProtocol.allocate(Integer.BYTES).putInt(value).array());
        check("sysctl " + name + '=' + value, call.execute(at, bytes.length, 0, 0, valueAt, Integer.BYTES));
    }

    /** Its release, such as {@code 14.0-STABLE}. */
    public String release() throws IOException {
        ByteBuffer value = sysctl("kern.osrelease");
        return StandardCharsets.US_ASCII.decode(value.limit(value.limit() - 1)).toString();
    }

    /** How many descriptors this JVM has open there. */
    public int openDescriptors() throws IOException {
        ByteBuffer entries = AgentProtocol.allocate(DESCRIPTORS * POLLFD);
        for (int fd = 0; fd < DESCRIPTORS; fd++) {
            entries.putInt(fd * POLLFD, fd);
        }
        check("poll", call(FreeBsdCalls.POLL, entries.array(), 0, 0, DESCRIPTORS, 0));
        int open = 0;
        for (int fd = STANDARD_DESCRIPTORS; fd < DESCRIPTORS; fd++) {
            open += (entries.getShort(fd * POLLFD + POLLFD_EVENTS) & POLLNVAL) == 0 ? 1 : 0;
        }
        return open;
    }

    /**
     * Does some work on a thread whose process there is another user's.
     *
     * @throws Exception what the work throws
     */
    public <T> T asUser(int uid, int gid, Callable<T> work) throws Exception {
        return session.apart(() -> {
            check("setgroups", call(SYS_SETGROUPS, AgentProtocol.allocate(Integer.BYTES).putInt(gid).array(), 1, 1, 0));
            check("setgid", call(SYS_SETGID, gid));
            check("setuid", call(SYS_SETUID, uid));
            return work.call();
        });
    }

    /** Ends the session. */
    @Override
    public void close() throws IOException {
        session.close();
    }
}
