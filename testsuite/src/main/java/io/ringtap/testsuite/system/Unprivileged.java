/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testsuite.system;

import io.ringtap.internal.unix.NativeMemory;

import java.lang.ref.Reference;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

/**
 * Threads without the capabilities of root. A thread inherits the capabilities of the thread that starts it, so that
 * all threads that such a thread starts lack them, too.
 */
public final class Unprivileged {
    /** {@code linux/capability.h}. */
    public static final int CAP_NET_ADMIN = 12;

    private static final int VERSION_3 = 0x20080522;

    private Unprivileged() {
    }

    /** Runs the work on a new thread that has only these capabilities. */
    public static <T> T call(Callable<T> work, int... kept) throws Exception {
        FutureTask<T> task = new FutureTask<>(() -> {
            drop(kept);
            return work.call();
        });
        new Thread(task, "unprivileged").start();
        return task.get(60, TimeUnit.SECONDS);
    }

    /** Drops all capabilities of the calling thread except these, for good. */
    public static void drop(int... kept) {
        NativeMemory header = NativeMemory.allocate(8);
        header.buffer().putInt(0, VERSION_3);
        // Two structs __user_cap_data_struct: effective, permitted and inheritable.
        NativeMemory data = NativeMemory.allocate(24);
        for (int capability : kept) {
            data.buffer().putInt(0, data.buffer().getInt(0) | 1 << capability);
            data.buffer().putInt(4, data.buffer().getInt(4) | 1 << capability);
        }
        try {
            if (TestLibC.INSTANCE.capset(header.address(), data.address()) != 0) {
                throw new IllegalStateException("capset fails");
            }
        } finally {
            Reference.reachabilityFence(header);
            Reference.reachabilityFence(data);
        }
    }
}
