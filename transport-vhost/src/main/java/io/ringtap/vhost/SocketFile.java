/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vhost;

import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import io.ringtap.internal.unix.Errno;
import io.ringtap.internal.unix.NativeMemory;
import io.ringtap.internal.unix.SystemCallException;
import io.ringtap.internal.unix.SystemCalls;
import io.ringtap.internal.unix.UnixSocketName;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;

/**
 * The file of a Unix domain socket, from bind to close. It has its permissions from the first moment on. A file that a
 * program has left behind is replaced; the socket of a program that runs, and a file that is no socket, are not. The
 * file is removed at close, unless another one has taken its place.
 */
final class SocketFile {
    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(SocketFile.class);
    /** The file of a socket with an abstract name. */
    private static final SocketFile NONE = new SocketFile(null, null);
    private static final String ATTRIBUTES = "unix:mode,dev,ino";
    private static final int TYPE_MASK = 0170000;
    private static final int SOCKET = 0140000;
    private static final int PERMISSIONS = 07777;

    private final Path path;
    private final Map<String, Object> attributes;

    private SocketFile(Path path, Map<String, Object> attributes) {
        this.path = path;
        this.attributes = attributes;
    }

    /**
     * Binds a socket.
     *
     * @param type of the socket: SOCK_STREAM or SOCK_DGRAM
     * @param mode permissions of the file, as of chmod(2)
     * @throws IOException if the name is in use, or cannot be used
     */
    static SocketFile bind(int fd, UnixSocketName name, int type, int mode) throws IOException {
        NativeMemory address = name.toSockaddr();
        try {
            // Linux makes the file with the permissions of the socket, less those of the umask: nobody can connect in
            // between. Other systems may refuse this.
            SystemCalls.fchmod(fd, mode);
            int bound = SystemCalls.bind(fd, address);
            if (Errno.EADDRINUSE.is(bound) && !name.isAbstract()) {
                removeStale(name, type, address);
                bound = SystemCalls.bind(fd, address);
            }
            if (bound < 0) {
                throw new SystemCallException("bind(" + name + ")", -bound, advice(name, bound));
            }
        } finally {
            address.free();
        }
        return name.isAbstract() ? NONE : withMode(name.path(), mode);
    }

    private static String advice(UnixSocketName name, int error) {
        if (Errno.EADDRINUSE.is(error)) {
            return "another program has a socket of this name open";
        }
        if (Errno.ENOENT.is(error)) {
            return "make the directory of " + name + " first";
        }
        if (Errno.EACCES.is(error)) {
            return "this user may not make files in the directory of " + name;
        }
        return null;
    }

    private static SocketFile withMode(Path path, int mode) throws IOException {
        try {
            Map<String, Object> made = attributes(path);
            if (((Integer) made.get("mode") & PERMISSIONS) != mode) {
                Files.setAttribute(path, "unix:mode", mode);
            }
            return new SocketFile(path, made);
        } catch (IOException | RuntimeException e) {
            Files.deleteIfExists(path);
            throw e;
        }
    }

    private static Map<String, Object> attributes(Path path) throws IOException {
        return Files.readAttributes(path, ATTRIBUTES, LinkOption.NOFOLLOW_LINKS);
    }

    private static void removeStale(UnixSocketName name, int type, NativeMemory address) throws IOException {
        try {
            if (((Integer) attributes(name.path()).get("mode") & TYPE_MASK) != SOCKET) {
                throw new IOException(name + " exists and is no socket: it is left as it is");
            }
        } catch (NoSuchFileException removedMeanwhile) {
            return;
        }
        int probe = SystemCalls.check("socket(AF_UNIX)",
            SystemCalls.nonBlockingSocket(UnixSocketName.AF_UNIX, type, 0));
        try {
            int connected = SystemCalls.connect(probe, address);
            if (connected == 0) {
                throw new IOException(name + " is in use: a program, maybe this one, has the socket open");
            }
            if (Errno.ENOENT.is(connected)) {
                return;
            }
            if (!Errno.ECONNREFUSED.is(connected)) {
                throw new SystemCallException("connect(" + name + ")", -connected, "the file is left as it is, because"
                    + " another program may have the socket open");
            }
        } finally {
            SystemCalls.close(probe);
        }
        Files.deleteIfExists(name.path());
    }

    /**
     * What tells one file of a name from the next.
     *
     * @return {@code null} if there is no such file, or none that this process may look at
     */
    static Object identity(UnixSocketName name) {
        if (name.isAbstract()) {
            return null;
        }
        try {
            Map<String, Object> now = attributes(name.path());
            return Map.of("dev", now.get("dev"), "ino", now.get("ino"));
        } catch (IOException | RuntimeException notKnown) {
            return null;
        }
    }

    /** Removes the file, if it is still the one that was made. Called before the socket is closed. */
    void remove() {
        if (path == null) {
            return;
        }
        try {
            Map<String, Object> now = attributes(path);
            if (now.get("ino").equals(attributes.get("ino")) && now.get("dev").equals(attributes.get("dev"))) {
                Files.deleteIfExists(path);
            }
        } catch (NoSuchFileException removedAlready) {
            LOGGER.debug("{} was removed by somebody else", path);
        } catch (IOException | RuntimeException e) {
            LOGGER.warn("{} stays behind", path, e);
        }
    }
}
