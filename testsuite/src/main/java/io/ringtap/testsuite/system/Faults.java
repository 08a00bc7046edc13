/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testsuite.system;

import io.netty.buffer.ByteBufAllocator;
import io.ringtap.internal.loop.LoopAdapters;
import io.ringtap.internal.unix.Errno;
import io.ringtap.internal.unix.LibC;
import io.ringtap.internal.unix.MemoryMapper;
import io.ringtap.internal.unix.OperatingSystem;
import io.ringtap.internal.unix.Platform;
import io.ringtap.testkit.FaultyAllocator;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;

/**
 * Counts the calls of Ringtap to the system, and makes one of them fail. It intercepts the C library, the mapper,
 * native memory, the allocator of a channel, registrations with an event loop, and the operations of io_uring. A call
 * that fails has done nothing, except for close(2), which always closes.
 *
 * <p>Calls of the thread that made this object, and of threads that this thread starts, belong to the test and are not
 * counted. {@link #counted} starts the event loops, whose calls count.
 */
public final class Faults implements AutoCloseable {
    private static final String MESSAGE = "this allocation was made to fail";

    private static final InheritableThreadLocal<Boolean> EXEMPT = new InheritableThreadLocal<>();

    private final Platform before = Platform.current();
    private final ByteBufAllocator allocator = new FaultyAllocator(() -> throwIfFailing("allocator"));
    private final List<String> calls = new ArrayList<>();
    private Fault fault;
    private int failing = -1;
    private boolean lasting;
    /** The name of the calls that all fail at present, {@code null} if there are none. */
    private String failingName;
    private int passed;
    private boolean counting;

    /** Intercepts the calls until {@link #close}. */
    public Faults() {
        EXEMPT.set(true);
        LibC libC = (LibC) Proxy.newProxyInstance(LibC.class.getClassLoader(), new Class<?>[] {LibC.class},
            (proxy, method, arguments) -> call(method, arguments));
        Platform.install(new Platform(libC, OperatingSystem.current(), new Mapper(), size -> {
            throwIfFailing("native memory");
            return before.memory().apply(size);
        }));
        LoopAdapters.decorate(adapter -> new FaultyAdapter(this, adapter));
    }

    /** Does something whose calls are counted, such as starting a thread, whose calls are then counted too. */
    public static void counted(Callable<?> work) throws Exception {
        EXEMPT.remove();
        try {
            work.call();
        } finally {
            EXEMPT.set(true);
        }
    }

    /** Counts the calls from now on. None fails. */
    public synchronized void count() {
        letFail(-1, null, false);
    }

    /**
     * Counts the calls from now on, and makes the call with this number fail. The first call has the number 0.
     *
     * @param lasts whether all later calls of that name fail too, until {@link #pause}
     */
    public synchronized void letFail(int number, Fault with, boolean lasts) {
        calls.clear();
        failing = number;
        fault = with;
        lasting = lasts;
        counting = true;
    }

    /** Lets no call fail for now, and counts the calls separately. */
    public synchronized void pause() {
        counting = false;
        if (calls.size() > failing) {
            // The call that was to fail has failed.
            failing = -1;
            failingName = null;
        }
    }

    /** Continues where {@link #pause} stopped. */
    public synchronized void resume() {
        counting = true;
    }

    /** How many calls there were during pauses. */
    public synchronized int passed() {
        return passed;
    }

    /** The calls so far, in order, by the names that {@link Fault#of} takes. */
    public synchronized List<String> calls() {
        return List.copyOf(calls);
    }

    /** The allocator for the channel under test, whose allocations are counted. */
    public ByteBufAllocator allocator() {
        return allocator;
    }

    /** Counts a call, and returns how it fails, or {@code null} if it does not. */
    synchronized Fault pass(String name) {
        if (EXEMPT.get() != null) {
            return null;
        }
        if (!counting) {
            passed++;
            return null;
        }
        calls.add(name);
        // In another run, a call of another kind may have this number. It cannot fail in this way.
        boolean fails = calls.size() - 1 == failing && Fault.of(name).contains(fault);
        if (fails && lasting) {
            failingName = name;
        }
        return fails || name.equals(failingName) ? fault : null;
    }

    /** Counts a call that fails by throwing. */
    void throwIfFailing(String name) {
        Fault failure = pass(name);
        if (failure != null) {
            failure.raise();
        }
    }

    private Object call(Method method, Object[] arguments) throws Throwable {
        Fault failure = method.getName().equals("strerror") ? null : pass(method.getName());
        Object result = null;
        if (failure == null || method.getName().equals("close")) {
            try {
                result = method.invoke(before.libC(), arguments);
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        }
        if (failure != null) {
            int error = failure.result();
            result = method.getReturnType() == long.class ? (Object) (long) error : (Object) error;
        }
        return result;
    }

    @Override
    public void close() {
        Platform.install(before);
        LoopAdapters.decorate(UnaryOperator.identity());
        EXEMPT.remove();
    }

    private final class Mapper implements MemoryMapper {
        @Override
        public long map(int fd, long size) {
            Fault failure = pass("mmap");
            return failure == null ? before.mapper().map(fd, size) : failure.result();
        }

        @Override
        public long map(int fd, long size, long offset) {
            Fault failure = pass("mmap");
            return failure == null ? before.mapper().map(fd, size, offset) : failure.result();
        }

        @Override
        public int unmap(long address, long size) {
            return before.mapper().unmap(address, size);
        }
    }

    /** How a call fails: with an error number, or with an exception. */
    public enum Fault {
        /** Not permitted. */
        EPERM(Errno.EPERM),
        /** No descriptor is left. */
        EMFILE(Errno.EMFILE),
        /** The kernel has no memory. */
        ENOMEM(Errno.ENOMEM),
        /** The kernel has no buffers. */
        ENOBUFS(Errno.ENOBUFS),
        /** On a tap: down. */
        EIO(Errno.EIO),
        /** A signal came. */
        EINTR(Errno.EINTR),
        /** No such device. */
        ENODEV(Errno.ENODEV),
        /** The JVM has no memory. */
        OUT_OF_MEMORY(null),
        /** What is called is broken. */
        EXCEPTION(null);

        private final Errno errno;

        Fault(Errno errno) {
            this.errno = errno;
        }

        /**
         * Returns the ways in which a call of this name can fail, according to its manual page and to the drivers of
         * tun and netlink.
         */
        public static List<Fault> of(String name) {
            return switch (name) {
                case "open" -> List.of(EPERM, EMFILE, ENOMEM, ENODEV, EINTR);
                case "close" -> List.of(EIO, EINTR);
                case "read", "write", "writev", "uring read", "uring write" -> List.of(EIO, ENOMEM, ENOBUFS, EINTR);
                case "ioctl" -> List.of(EPERM, ENOMEM, EIO, EINTR, ENODEV);
                case "socket" -> List.of(EPERM, EMFILE, ENOMEM, ENOBUFS);
                case "bind", "connect" -> List.of(EPERM, ENOMEM);
                case "send", "recv", "recvmmsg", "sendmmsg" -> List.of(EPERM, ENOMEM, ENOBUFS, EINTR);
                case "pipe", "socketpair", "eventfd", "memfdCreate" -> List.of(EMFILE, ENOMEM);
                case "poll", "ppoll" -> List.of(EINTR, ENOMEM);
                case "setns" -> List.of(EPERM, ENOMEM);
                case "mmap" -> List.of(EPERM, ENOMEM, ENODEV);
                case "register" -> List.of(EMFILE, ENOMEM);
                case "native memory" -> List.of(OUT_OF_MEMORY);
                case "allocator" -> List.of(OUT_OF_MEMORY, EXCEPTION);
                // fcntl(2), getsockopt(2) and others: the errors that any call may have.
                default -> List.of(EPERM, ENOMEM);
            };
        }

        /** The error number, negative. */
        public int result() {
            return -errno.number();
        }

        /** Throws the exception, if the call fails with one. */
        void raise() {
            if (this == OUT_OF_MEMORY) {
                throw new OutOfMemoryError(MESSAGE);
            }
            throw new IllegalStateException(MESSAGE);
        }

        /** Whether an exception, or one of its causes, is about this fault. */
        public boolean isToldBy(Throwable cause) {
            for (Throwable t = cause; t != null; t = t.getCause()) {
                if (errno == null ? MESSAGE.equals(t.getMessage())
                    : String.valueOf(t.getMessage()).contains(errno.name())) {
                    return true;
                }
            }
            return false;
        }
    }
}
