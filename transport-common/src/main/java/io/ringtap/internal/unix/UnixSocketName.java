/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.unix;

import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.file.Path;

/**
 * The name of a Unix domain socket: a path, or an abstract name of Linux, which is written with an {@code @} in front
 * and is no file. Immutable.
 *
 * @param text as it is written
 */
public record UnixSocketName(String text) implements Serializable {
    /** The address family, the same on all systems. */
    public static final int AF_UNIX = 1;
    /** Of struct sockaddr_un: the length and the family on the BSDs, the family on Linux. */
    private static final int HEADER = 2;
    /** {@code sun_path} of {@code linux/un.h} and of {@code sys/un.h}; one octet is for the final NUL. */
    private static final int LINUX_PATH = 108;
    private static final int BSD_PATH = 104;
    /** The encoding in which the JVM hands the names of files to the system. */
    private static final Charset FILE_NAMES = Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));

    /** Throws an {@link IllegalArgumentException} if the system has no such name. */
    public UnixSocketName {
        if (text.isEmpty() || text.equals("@")) {
            throw new IllegalArgumentException("a Unix domain socket needs a path, such as /run/vm1.sock");
        }
        if (text.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("the path of a Unix domain socket cannot contain a NUL; an abstract name"
                + " is written with an @ in front");
        }
        boolean linux = OperatingSystem.isLinux();
        if (text.startsWith("@")) {
            if (!linux) {
                throw new IllegalArgumentException("'" + text + "' is an abstract name, which only Linux has");
            }
        } else {
            // Throws if the JVM cannot give this name to the system.
            Path.of(text);
        }
        int length = text.getBytes(FILE_NAMES).length;
        int longest = (linux ? LINUX_PATH : BSD_PATH) - 1;
        if (length > longest) {
            throw new IllegalArgumentException("'" + text + "' is too long for a Unix domain socket: " + length
                + " bytes, at most " + longest);
        }
    }

    /** Whether it is no file. */
    public boolean isAbstract() {
        return text.startsWith("@");
    }

    /** The file; only of a name that is not abstract. */
    public Path path() {
        return Path.of(text);
    }

    /** A struct sockaddr_un of just the length that system calls take it for. */
    public NativeMemory toSockaddr() {
        byte[] name = text.getBytes(FILE_NAMES);
        // The NUL in front of an abstract name takes the place of the @, and there is none behind it.
        NativeMemory address = NativeMemory.allocate(HEADER + name.length + (isAbstract() ? 0 : 1));
        address.buffer().put(HEADER, name);
        if (isAbstract()) {
            address.buffer().put(HEADER, (byte) 0);
        }
        putFamily(address.buffer(), AF_UNIX, address.size());
        return address;
    }

    /** Writes what stands in front of every socket address. */
    public static void putFamily(ByteBuffer address, int family, int length) {
        if (OperatingSystem.isLinux()) {
            address.putShort(0, (short) family);
        } else {
            address.put(0, (byte) length).put(1, (byte) family);
        }
    }

    /**
     * The name in a struct sockaddr_un.
     *
     * @param length of the struct, as a system call has told it
     * @return {@code null} if the socket has none
     */
    public static UnixSocketName ofSockaddr(ByteBuffer address, int length) {
        if (length <= HEADER) {
            return null;
        }
        byte[] name = new byte[length - HEADER];
        address.get(HEADER, name);
        int end = 0;
        if (name[0] == 0) {
            name[0] = '@';
            end = name.length;
        } else {
            while (end < name.length && name[end] != 0) {
                end++;
            }
        }
        String text = new String(name, 0, end, FILE_NAMES);
        return text.isEmpty() || text.indexOf('\0') >= 0 ? null : new UnixSocketName(text);
    }

    /** The text of a port: in brackets if the name holds a comma. */
    public String toPort(String prefix) {
        String port = prefix + text;
        return port.indexOf(',') < 0 ? port : '[' + port + ']';
    }

    @Override
    public String toString() {
        return text;
    }
}
