/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.unix;

/**
 * How ioctl numbers are made: Linux {@code asm-generic/ioctl.h} (x86, arm64, riscv; not mips, powerpc, sparc) and BSD
 * {@code sys/ioccom.h}.
 */
public final class Ioctl {
    private static final long LINUX_WRITE = 1L << 30;
    private static final long LINUX_READ = 2L << 30;
    private static final long BSD_VOID = 0x2000_0000L;
    private static final long BSD_OUT = 0x4000_0000L;
    private static final long BSD_IN = 0x8000_0000L;
    private static final int BSD_LENGTH_MASK = 0x1fff;

    private Ioctl() {
    }

    /** Linux {@code _IO(type, number)}. */
    public static long linuxIo(int type, int number) {
        return (long) type << 8 | number;
    }

    /** Linux {@code _IOW(type, number, size)}: the kernel reads the argument. */
    public static long linuxWrite(int type, int number, int size) {
        return LINUX_WRITE | (long) size << 16 | linuxIo(type, number);
    }

    /** Linux {@code _IOR(type, number, size)}: the kernel writes the argument. */
    public static long linuxRead(int type, int number, int size) {
        return LINUX_READ | (long) size << 16 | linuxIo(type, number);
    }

    /** Linux {@code _IOWR(type, number, size)}. */
    public static long linuxReadWrite(int type, int number, int size) {
        return linuxRead(type, number, size) | LINUX_WRITE;
    }

    /** BSD {@code _IO(group, number)}. */
    public static long bsdIo(int group, int number) {
        return BSD_VOID | (long) group << 8 | number;
    }

    /** BSD {@code _IOW(group, number, size)}: the kernel reads the argument. */
    public static long bsdWrite(int group, int number, int size) {
        return bsd(BSD_IN, group, number, size);
    }

    /** BSD {@code _IOR(group, number, size)}: the kernel writes the argument. */
    public static long bsdRead(int group, int number, int size) {
        return bsd(BSD_OUT, group, number, size);
    }

    /** BSD {@code _IOWR(group, number, size)}. */
    public static long bsdReadWrite(int group, int number, int size) {
        return bsd(BSD_IN | BSD_OUT, group, number, size);
    }

    private static long bsd(long direction, int group, int number, int size) {
        return direction | (long) (size & BSD_LENGTH_MASK) << 16 | (long) group << 8 | number;
    }
}
