/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testsuite.remote;

import io.ringtap.internal.unix.LibC;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * The C library of a FreeBSD machine, whose calls an agent there makes. Addresses are those of this process: what they
 * point at is brought to the machine and back, for structs with pointers by a {@link RemoteStruct}. When the machine is
 * lost, each call fails with ENXIO, so that event loops and channels end as they do with any device that has gone; why
 * is told by {@link AgentSession#lost}.
 */
public final class RemoteLibC implements LibC {
    static final int ENXIO = 6;
    private static final int ENOSYS = 78;

    /** {@code sys/ioccom.h}. */
    private static final long IOC_OUT_OR_IN = 0xc000_0000L;
    private static final int IOC_LENGTH_SHIFT = 16;
    private static final long IOC_LENGTH_MASK = 0x1fff;

    private static final int POLLFD = 8;
    private static final int TIMESPEC = 16;
    private static final int SOCKLEN = 4;
    private static final int CAP_RIGHTS = 16;
    private static final int DESCRIPTOR_PAIR = 8;

    /** The requests whose arguments hold pointers, by {@code net/if.h}, {@code net/bpf.h} and {@code net/netmap.h}. */
    private static final Map<Long, RemoteStruct> STRUCTS = Map.ofEntries(
        Map.entry(0xc010_6978L, new PointingStruct(16, 8, clone -> clone.getInt(4) * 16L)),
        Map.entry(0xc028_6988L, new PointingStruct(40, 24, group -> group.getInt(16))),
        Map.entry(0xc010_6924L, new PointingStruct(16, 8, conf -> conf.getInt(0))),
        Map.entry(0x8028_697bL, new PointingStruct(40, 32, driver -> driver.getLong(24))),
        Map.entry(0xc028_697bL, new PointingStruct(40, 32, driver -> driver.getLong(24))),
        Map.entry(0x8010_4267L, new PointingStruct(16, 8, program -> program.getInt(0) * 8L)),
        Map.entry(0x8010_427bL, new PointingStruct(16, 8, program -> program.getInt(0) * 8L)),
        Map.entry(0xc020_692aL, new PointingStruct(32, 24, description -> description.getLong(16))),
        Map.entry(0x8020_6929L, new PointingStruct(32, 24, description -> description.getLong(16))),
        Map.entry(0xc058_6997L, new NetmapStruct()));

    private final AgentSession session;

    /** The C library that a session reaches. */
    public RemoteLibC(AgentSession session) {
        this.session = session;
    }

    /** Lays out the arguments of a call, and makes it. */
    private interface Making {
        long make(RemoteCall call) throws AgentException;
    }

    private long call(int number, Making making) {
        try {
            return making.make(new RemoteCall(session, number));
        } catch (AgentException e) {
            return -ENXIO;
        }
    }

    @Override
    public int open(String path, int flags) {
        byte[] name = (path + '\0').getBytes(StandardCharsets.ISO_8859_1);
        return (int) call(FreeBsdCalls.OPEN, call -> call.execute(call.in(name), flags, 0));
    }

    @Override
    public int close(int fd) {
        return (int) call(FreeBsdCalls.CLOSE, call -> call.execute(fd));
    }

    @Override
    public long read(int fd, long address, long length) {
        return call(FreeBsdCalls.READ, call -> call.execute(fd, call.received(address, length), length));
    }

    @Override
    public long write(int fd, long address, long length) {
        return call(FreeBsdCalls.WRITE, call -> call.execute(fd, call.in(address, length), length));
    }

    @Override
    public long writev(int fd, long address, int count) {
        RemoteStruct vector = new VectorStruct(count, false);
        return call(FreeBsdCalls.WRITEV, call -> call.execute(fd, vector.place(call, address), count));
    }

    @Override
    public int ioctl(int fd, long request, long argument) {
        long number = request & 0xffff_ffffL;
        RemoteStruct struct = STRUCTS.get(number);
        long length = number >> IOC_LENGTH_SHIFT & IOC_LENGTH_MASK;
        boolean isPointer = (number & IOC_OUT_OR_IN) != 0;
        return (int) call(FreeBsdCalls.IOCTL, call -> call.execute(fd, number,
            struct != null ? struct.place(call, argument) : isPointer ? call.inOut(argument, length) : argument));
    }

    @Override
    public int fcntl(int fd, int command, long argument) {
        return (int) call(FreeBsdCalls.FCNTL, call -> call.execute(fd, command, argument));
    }

    @Override
    public int socket(int domain, int type, int protocol) {
        return (int) call(FreeBsdCalls.SOCKET, call -> call.execute(domain, type, protocol));
    }

    @Override
    public int bind(int fd, long address, long length) {
        return (int) call(FreeBsdCalls.BIND, call -> call.execute(fd, call.in(address, length), length));
    }

    @Override
    public int connect(int fd, long address, long length) {
        return (int) call(FreeBsdCalls.CONNECT, call -> call.execute(fd, call.in(address, length), length));
    }

    @Override
    public int listen(int fd, int backlog) {
        return (int) call(FreeBsdCalls.LISTEN, call -> call.execute(fd, backlog));
    }

    @Override
    public int accept(int fd, long address, long length) {
        int room = length == 0 ? 0 : AgentProtocol.wrap(LocalMemory.read(length, SOCKLEN)).getInt();
        return (int) call(FreeBsdCalls.ACCEPT, call -> call.execute(fd, call.inOut(address, room),
            call.inOut(length, SOCKLEN)));
    }

    @Override
    public int fchmod(int fd, int mode) {
        return (int) call(FreeBsdCalls.FCHMOD, call -> call.execute(fd, mode));
    }

    @Override
    public int getsockopt(int fd, int level, int option, long value, long length) {
        int room = length == 0 ? 0 : AgentProtocol.wrap(LocalMemory.read(length, SOCKLEN)).getInt();
        return (int) call(FreeBsdCalls.GETSOCKOPT, call -> call.execute(fd, level, option, call.inOut(value, room),
            call.inOut(length, SOCKLEN)));
    }

    @Override
    public int setsockopt(int fd, int level, int option, long value, long length) {
        return (int) call(FreeBsdCalls.SETSOCKOPT,
            call -> call.execute(fd, level, option, call.in(value, length), length));
    }

    @Override
    public long send(int fd, long address, long length, int flags) {
        return call(FreeBsdCalls.SENDTO, call -> call.execute(fd, call.in(address, length), length, flags, 0, 0));
    }

    @Override
    public long recv(int fd, long address, long length, int flags) {
        return call(FreeBsdCalls.RECVFROM,
            call -> call.execute(fd, call.received(address, length), length, flags, 0, 0));
    }

    @Override
    public long recvmsg(int fd, long message, int flags) {
        RemoteStruct struct = new MessageStruct();
        return call(FreeBsdCalls.RECVMSG, call -> call.execute(fd, struct.place(call, message), flags));
    }

    @Override
    public int recvmmsg(int fd, long messages, int count, int flags) {
        return -ENOSYS;
    }

    @Override
    public int sendmmsg(int fd, long messages, int count, int flags) {
        return -ENOSYS;
    }

    @Override
    public int getsockname(int fd, long address, long length) {
        int room = AgentProtocol.wrap(LocalMemory.read(length, SOCKLEN)).getInt();
        return (int) call(FreeBsdCalls.GETSOCKNAME,
            call -> call.execute(fd, call.inOut(address, room), call.inOut(length, SOCKLEN)));
    }

    @Override
    public int pipe(long descriptors) {
        return (int) call(FreeBsdCalls.PIPE2, call -> call.execute(call.inOut(descriptors, DESCRIPTOR_PAIR), 0));
    }

    @Override
    public int socketpair(int domain, int type, int protocol, long descriptors) {
        return (int) call(FreeBsdCalls.SOCKETPAIR,
            call -> call.execute(domain, type, protocol, call.inOut(descriptors, DESCRIPTOR_PAIR)));
    }

    @Override
    public long sendmsg(int fd, long message, int flags) {
        return -ENOSYS;
    }

    @Override
    public int eventfd(int initial, int flags) {
        return -ENOSYS;
    }

    @Override
    public int memfdCreate(String name, int flags) {
        return -ENOSYS;
    }

    @Override
    public int ftruncate(int fd, long length) {
        return -ENOSYS;
    }

    @Override
    public long lseek(int fd, long offset, int whence) {
        return -ENOSYS;
    }

    @Override
    public int poll(long address, long count, int timeoutMillis) {
        return (int) call(FreeBsdCalls.POLL, call -> call.waitingFor(timeoutMillis)
            .execute(call.inOut(address, count * POLLFD), count, timeoutMillis));
    }

    @Override
    public int ppoll(long address, long count, long timespec, long signals) {
        long millis = timespec == 0 ? -1 : millis(AgentProtocol.wrap(LocalMemory.read(timespec, TIMESPEC)));
        return (int) call(FreeBsdCalls.PPOLL, call -> call.waitingFor(millis)
            .execute(call.inOut(address, count * POLLFD), count, call.in(timespec, TIMESPEC), 0));
    }

    /** As many milliseconds, but no more than a month. */
    static long millis(ByteBuffer timespec) {
        long seconds = Math.min(timespec.getLong(0), Integer.MAX_VALUE / 1000);
        return seconds * 1000 + timespec.getLong(Long.BYTES) / 1_000_000;
    }

    @Override
    public int setns(int fd, int type) {
        return -ENOSYS;
    }

    @Override
    public int unshare(int flags) {
        return -ENOSYS;
    }

    @Override
    public int bpf(int command, long attributes, int size) {
        return -ENOSYS;
    }

    @Override
    public int capRightsLimit(int fd, long rights) {
        return (int) call(FreeBsdCalls.CAP_RIGHTS_LIMIT, call -> call.execute(fd, call.in(rights, CAP_RIGHTS)));
    }

    @Override
    public int capIoctlsLimit(int fd, long commands, long count) {
        return (int) call(FreeBsdCalls.CAP_IOCTLS_LIMIT,
            call -> call.execute(fd, call.in(commands, count * Long.BYTES), count));
    }

    @Override
    public String strerror(int errno) {
        return "error " + errno + " of FreeBSD's sys/errno.h";
    }
}
