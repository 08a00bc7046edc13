/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.unix;

import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.function.IntFunction;

/**
 * The platform that Ringtap runs on: the C library, the operating system behind it, what maps memory, and what
 * allocates the native memory of structs. There is one for the whole JVM, {@link #ofJvm()} unless another was
 * {@linkplain #install installed}: one that lets a call fail, or one whose calls go to the kernel of another machine.
 * Internal to Ringtap and its tests.
 *
 * @param libC takes all system calls
 * @param operatingSystem whose numbers and structs the C library takes
 * @param mapper maps the memory that a device shares
 * @param memory allocates direct, zeroed memory of so many bytes for {@link NativeMemory}
 */
public record Platform(LibC libC, OperatingSystem operatingSystem, MemoryMapper mapper,
                       IntFunction<ByteBuffer> memory) {
    private static final Platform OF_JVM = new Platform(new NativeLibC(), OperatingSystem.ofJvm(), new NativeMapper(),
        ByteBuffer::allocateDirect);

    private static volatile Platform current = OF_JVM;

    /** Checks that there is one of each. */
    public Platform {
        Objects.requireNonNull(libC, "libC");
        Objects.requireNonNull(operatingSystem, "operatingSystem");
        Objects.requireNonNull(mapper, "mapper");
        Objects.requireNonNull(memory, "memory");
    }

    /** The C library and the operating system of this JVM. Loads no native library before its first call. */
    public static Platform ofJvm() {
        return OF_JVM;
    }

    /** The one in use. Any thread. */
    public static Platform current() {
        return current;
    }

    /**
     * Lets all calls from now on, of every thread, go to another. Devices that are open keep their descriptors, which
     * have to mean the same to the new C library.
     *
     * @return the one before, to be installed again
     */
    public static Platform install(Platform platform) {
        Platform before = current;
        current = Objects.requireNonNull(platform, "platform");
        return before;
    }

    /** This platform with another C library. */
    public Platform with(LibC other) {
        return new Platform(other, operatingSystem, mapper, memory);
    }

    /** This platform with another mapper. */
    public Platform with(MemoryMapper other) {
        return new Platform(libC, operatingSystem, other, memory);
    }

    /** This platform with another source of native memory. */
    public Platform withMemory(IntFunction<ByteBuffer> other) {
        return new Platform(libC, operatingSystem, mapper, other);
    }
}
