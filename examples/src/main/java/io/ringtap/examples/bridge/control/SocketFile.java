/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.bridge.control;

import java.io.IOException;
import java.net.ConnectException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * The file of a listening Unix socket, which owner and group may write to. A socket is made with the permissions that
 * the process's umask leaves: so it is made in a folder that nobody else can enter, and gets its own permissions and
 * then its name.
 */
final class SocketFile implements AutoCloseable {
    private final Path path;
    private final Path folder;

    /**
     * The file of a path, which is not there yet.
     *
     * @throws IOException if another process listens there, or what is there is no socket
     */
    SocketFile(Path path) throws IOException {
        this.path = path.toAbsolutePath();
        Path parent = this.path.getParent();
        if (parent == null) {
            throw new IOException(path + " is the root folder: name a file for the control socket, such as"
                + " /run/ringtap/bridge.sock");
        }
        if (!Files.isDirectory(parent)) {
            throw new IOException("there is no folder " + parent + " for the control socket: mkdir " + parent);
        }
        requireFree();
        try {
            folder = Files.createTempDirectory(parent, ".control-",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } catch (IOException e) {
            throw new IOException("no control socket can be made in " + parent + ": " + e.getMessage()
                + "; choose a folder that this user may write to", e);
        }
    }

    private void requireFree() throws IOException {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        if (!Files.readAttributes(path, BasicFileAttributes.class,
            LinkOption.NOFOLLOW_LINKS).isOther()) {
            throw new IOException(path + " is no socket, and is left alone: choose another path for --control");
        }
        try {
            SocketChannel.open(UnixDomainSocketAddress.of(path)).close();
            throw new FileAlreadyExistsException("another process listens on " + path
                + ": stop it, or choose another path");
        } catch (ConnectException left) {
            // Of a process that has ended without removing it; it is replaced.
        }
    }

    /** Where the socket is to be bound. */
    UnixDomainSocketAddress address() {
        return UnixDomainSocketAddress.of(folder.resolve("socket"));
    }

    /** The socket is bound and listens: gives it its permissions and its name. */
    void publish() throws IOException {
        Path socket = folder.resolve("socket");
        Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-rw----"));
        Files.move(socket, path, StandardCopyOption.ATOMIC_MOVE);
        Files.delete(folder);
    }

    /** Removes what there is. */
    @Override
    public void close() throws IOException {
        if (Files.deleteIfExists(folder.resolve("socket")) | Files.deleteIfExists(folder)) {
            // It never got its name, and what has it is another's.
            return;
        }
        Files.deleteIfExists(path);
    }
}
