/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.unix;

import io.netty.buffer.ByteBuf;
import io.netty.util.internal.PlatformDependent;
import jnr.ffi.Pointer;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A zeroed block of native memory, in native byte order, for the structs that system calls take; freed by the garbage
 * collector once unreachable, or by {@link #free}. It works where Netty's Unsafe is off. Not thread safe.
 */
public final class NativeMemory {
    private static final boolean FREES_AT_ONCE = freesAtOnce();

    private final ByteBuffer buffer;
    private final long address;

    private NativeMemory(int size) {
        buffer = Platform.current().memory().apply(size).order(ByteOrder.nativeOrder());
        address = baseAddress(buffer);
    }

    /**
     * A block of {@code size} bytes.
     *
     * @throws OutOfMemoryError if the JVM may allocate no more direct memory
     */
    public static NativeMemory allocate(int size) {
        return new NativeMemory(size);
    }

    /** The block, for absolute reads and writes. Keep this object, not the buffer alone, while native code uses it. */
    public ByteBuffer buffer() {
        return buffer;
    }

    /** Where it starts. The address alone keeps nothing: see {@link SystemCalls}. */
    public long address() {
        return address;
    }

    /** Its size in bytes. */
    public int size() {
        return buffer.capacity();
    }

    /**
     * Gives the memory back now instead of when the garbage collector comes by; where the JVM has no means to, the
     * collector does. Nothing may use it any more, native code included. Repeating this is harmless.
     */
    public void free() {
        if (FREES_AT_ONCE) {
            freeNow(buffer);
        }
    }

    // What has taken the place of the deprecated method frees only what Netty has allocated.
    @SuppressWarnings("deprecation")
    private static void freeNow(ByteBuffer direct) {
        PlatformDependent.freeDirectBuffer(direct);
    }

    /** Not on JDK 24 and later, unless {@code --sun-misc-unsafe-memory-access=allow} is set. */
    private static boolean freesAtOnce() {
        try {
            freeNow(ByteBuffer.allocateDirect(1));
            return true;
        } catch (UnsupportedOperationException e) {
            return false;
        }
    }

    /** Fills it with zeroes. */
    public NativeMemory clear() {
        for (int i = 0; i < buffer.capacity(); i++) {
            buffer.put(i, (byte) 0);
        }
        return this;
    }

    /** Writes ASCII text at an offset and a NUL behind it, as in {@code ifr_name}. */
    public void putCString(int offset, String text) {
        for (int i = 0; i < text.length(); i++) {
            buffer.put(offset + i, (byte) text.charAt(i));
        }
        buffer.put(offset + text.length(), (byte) 0);
    }

    /** Reads the text at an offset up to a NUL, {@code max} bytes at most. */
    public String getCString(int offset, int max) {
        StringBuilder text = new StringBuilder(max);
        for (int i = 0; i < max && buffer.get(offset + i) != 0; i++) {
            text.append((char) (buffer.get(offset + i) & 0xff));
        }
        return text.toString();
    }

    /**
     * The address of one byte of a direct buffer. It holds while the buffer is alive and unreleased.
     *
     * @param buf a buffer that is direct and of one part
     * @param index absolute
     * @param length how many bytes from there will be used
     */
    public static long addressOf(ByteBuf buf, int index, int length) {
        if (buf.hasMemoryAddress()) {
            return buf.memoryAddress() + index;
        }
        // Unsafe is off: the JVM knows the address of a ByteBuffer, and JNI may ask it.
        ByteBuffer nio = buf.nioBuffer(index, length);
        return baseAddress(nio) + nio.position();
    }

    static long baseAddress(ByteBuffer direct) {
        return Pointer.wrap(SystemCalls.runtime(), direct).address();
    }
}
