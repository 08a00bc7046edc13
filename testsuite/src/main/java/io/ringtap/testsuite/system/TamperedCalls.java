/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testsuite.system;

import io.ringtap.internal.unix.Errno;
import io.ringtap.internal.unix.LibC;
import io.ringtap.internal.unix.Platform;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiPredicate;

/** Makes selected calls of the C library fail with an error number, and counts all calls, until it is closed. */
public final class TamperedCalls implements AutoCloseable {
    private final Platform before = Platform.current();
    private final AtomicInteger calls = new AtomicInteger();
    private final AtomicInteger failures = new AtomicInteger();
    private volatile BiPredicate<String, Object[]> failing = (name, arguments) -> false;
    private volatile Errno errno;

    /** Intercepts the calls of the C library. */
    public TamperedCalls() {
        LibC libC = (LibC) Proxy.newProxyInstance(LibC.class.getClassLoader(), new Class<?>[] {LibC.class},
            (proxy, method, arguments) -> {
                if (!method.getName().equals("strerror")) {
                    calls.incrementAndGet();
                    if (failing.test(method.getName(), arguments)) {
                        failures.incrementAndGet();
                        int result = -errno.number();
                        return method.getReturnType() == long.class ? (Object) (long) result : (Object) result;
                    }
                }
                try {
                    return method.invoke(before.libC(), arguments);
                } catch (InvocationTargetException e) {
                    throw e.getCause();
                }
            });
        Platform.install(before.with(libC));
    }

    /** From now on, calls fail that the predicate selects by their names and arguments. */
    public void fail(Errno with, BiPredicate<String, Object[]> which) {
        errno = with;
        failing = which;
    }

    /** From now on, an ioctl with this number fails. */
    public void failIoctl(Errno with, long number) {
        fail(with, (name, arguments) -> name.equals("ioctl") && arguments[1].equals(number));
    }

    /** No call fails from now on. */
    public void pass() {
        failing = (name, arguments) -> false;
    }

    /** How many calls have failed. */
    public int failures() {
        return failures.get();
    }

    /** How many calls there were. */
    public int calls() {
        return calls.get();
    }

    @Override
    public void close() {
        Platform.install(before);
    }
}
