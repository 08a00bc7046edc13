/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testsuite.system;

import io.netty.buffer.Unpooled;
import io.ringtap.internal.unix.LibC;
import io.ringtap.internal.unix.NativeMemory;
import io.ringtap.internal.unix.Platform;

import java.lang.ref.WeakReference;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Checks that the garbage collector frees no memory whose address a running system call has. In compiled code, a
 * variable is dead after its last use, and so is the block of memory that it refers to.
 */
public final class MemoryInUse {
    /** So often that the JIT compiler has compiled everything. */
    private static final int WARM_UP = 20_000;
    private static final int ROUNDS = 3;

    private final Map<Long, WeakReference<ByteBuffer>> blocks = new ConcurrentHashMap<>();
    private final List<String> freed = new ArrayList<>();
    private final Set<String> checked = new HashSet<>();
    private volatile boolean watching;

    private MemoryInUse() {
    }

    /**
     * Runs an operation many times, with a C library that returns the same number for every call, and then once more
     * with a garbage collection in each call.
     *
     * @param calls the system calls that are to be made with addresses of memory, by name
     */
    public static void assertKept(int answer, Runnable operation, String... calls) {
        MemoryInUse memory = new MemoryInUse();
        LibC libC = (LibC) Proxy.newProxyInstance(LibC.class.getClassLoader(), new Class<?>[] {LibC.class},
            (proxy, method, arguments) -> memory.call(method, arguments, answer));
        Platform before = Platform.install(Platform.ofJvm().with(libC).withMemory(memory::allocate));
        try {
            for (int i = 0; i < WARM_UP; i++) {
                operation.run();
            }
            memory.watching = true;
            for (int i = 0; i < ROUNDS; i++) {
                operation.run();
            }
        } finally {
            Platform.install(before);
        }
        assertThat(memory.freed).as("blocks that were freed during a call").isEmpty();
        assertThat(memory.checked).contains(calls);
    }

    private ByteBuffer allocate(int size) {
        ByteBuffer block = ByteBuffer.allocateDirect(size);
        if (watching) {
            blocks.put(NativeMemory.addressOf(Unpooled.wrappedBuffer(block), 0, size), new WeakReference<>(block));
        }
        return block;
    }

    private Object call(Method method, Object[] arguments, int answer) {
        if (watching) {
            Set<Long> used = new HashSet<>();
            for (Object argument : arguments) {
                if (argument instanceof Long address && blocks.containsKey(address)) {
                    used.add(address);
                    addPointersIn(address, used);
                }
            }
            for (int i = 0; i < 2; i++) {
                System.gc();
            }
            for (long address : used) {
                checked.add(method.getName());
                if (blocks.get(address).get() == null) {
                    freed.add(method.getName());
                }
            }
        }
        return method.getReturnType() == String.class ? "answered"
            : method.getReturnType() == long.class ? (Object) (long) answer : (Object) answer;
    }

    /**
     * Returns what the block at an address points at. A method of its own, so that none of its variables keeps a block
     * alive.
     */
    private void addPointersIn(long address, Set<Long> used) {
        ByteBuffer block = blocks.get(address).get();
        for (int at = 0; block != null && at + Long.BYTES <= block.capacity(); at += Long.BYTES) {
            long word = block.duplicate().order(ByteOrder.nativeOrder()).getLong(at);
            if (word != 0 && blocks.containsKey(word)) {
                used.add(word);
            }
        }
    }
}
