/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.unix;

import java.util.Locale;

/**
 * The operating system whose kernel is called: the one place that says which is meant. As a rule that is the one this
 * JVM runs on; a {@link Platform} whose calls go to another machine has that machine's. Any thread may call.
 */
public enum OperatingSystem {
    /** Linux. */
    LINUX(0x800, 0x80000),
    /** FreeBSD. */
    FREEBSD(0x4, 0x10_0000),
    /** macOS. */
    MACOS(0x4, 0x100_0000),
    /** Any other; its numbers are taken to be those that the BSDs share. */
    OTHER(0x4, 0x10_0000);

    private final int nonBlock;
    private final int closeOnExec;

    OperatingSystem(int nonBlock, int closeOnExec) {
        this.nonBlock = nonBlock;
        this.closeOnExec = closeOnExec;
    }

    /** The one that system calls go to now. */
    public static OperatingSystem current() {
        return Platform.current().operatingSystem();
    }

    /** The one this JVM runs on, by the system property {@code os.name}. */
    static OperatingSystem ofJvm() {
        String name = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
        return name.startsWith("linux") ? LINUX
            : name.startsWith("freebsd") ? FREEBSD
            : name.startsWith("mac") ? MACOS : OTHER;
    }

    /** Whether {@link #current()} is Linux. */
    public static boolean isLinux() {
        return current() == LINUX;
    }

    /** Whether {@link #current()} is FreeBSD. */
    public static boolean isFreeBsd() {
        return current() == FREEBSD;
    }

    /** Whether {@link #current()} is macOS. */
    public static boolean isMacOs() {
        return current() == MACOS;
    }

    /** O_NONBLOCK of {@code fcntl.h}. */
    int nonBlock() {
        return nonBlock;
    }

    /** Flags of open(2) in the numbers of this system, from those of {@link SystemCalls}. */
    int openFlags(int flags) {
        if (this == LINUX) {
            return flags;
        }
        return flags & ~(SystemCalls.O_NONBLOCK | SystemCalls.O_CLOEXEC)
            | ((flags & SystemCalls.O_NONBLOCK) == 0 ? 0 : nonBlock)
            | ((flags & SystemCalls.O_CLOEXEC) == 0 ? 0 : closeOnExec);
    }

    /** What a message calls it: its name, or what the JVM says of a system that Ringtap does not know. */
    @Override
    public String toString() {
        return switch (this) {
            case LINUX -> "Linux";
            case FREEBSD -> "FreeBSD";
            case MACOS -> "macOS";
            default -> System.getProperty("os.name", "an unknown system");
        };
    }
}
