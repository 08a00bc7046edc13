/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.pcap;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.Set;

/**
 * Creates the files of a capture. They hold what others have sent, so only their owner may read them (mode 0600 where
 * the file system has modes). A link or a file of another user at their path is neither followed nor written to.
 */
final class CaptureFile {
    private static final FileAttribute<?>[] ANY = {};
    private static final FileAttribute<?>[] OWNER_ONLY =
        {PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))};
    private static final Set<OpenOption> NEW =
        Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
    private static final Set<OpenOption> PRESENT = Set.of(StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);

    private CaptureFile() {
    }

    /**
     * Creates a file that is not there yet.
     *
     * @throws FileAlreadyExistsException if it is
     */
    static FileChannel create(Path path) throws IOException {
        boolean modes = path.getFileSystem().supportedFileAttributeViews().contains("posix");
        return FileChannel.open(path, NEW, modes ? OWNER_ONLY : ANY);
    }

    /**
     * Creates a file. It replaces a regular file of the same owner; a program that has that file open keeps it. What
     * is neither a regular file nor a directory nor a symbolic link, such as a FIFO, is opened as it is.
     *
     * @throws FileSystemException if what is there is not to be replaced, saying why
     */
    static FileChannel createOrReplace(Path path) throws IOException {
        try {
            return create(path);
        } catch (FileAlreadyExistsException e) {
            BasicFileAttributes present =
                Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            if (present.isSymbolicLink()) {
                throw new FileSystemException(path.toString(), null,
                    "is a symbolic link, which a capture does not follow");
            }
            if (present.isDirectory()) {
                throw new FileSystemException(path.toString(), null, "is a directory");
            }
            return present.isRegularFile() ? replace(path) : FileChannel.open(path, PRESENT);
        }
    }

    private static FileChannel replace(Path path) throws IOException {
        Path fresh;
        try {
            fresh = Files.createTempFile(path.toAbsolutePath().getParent(), ".capture-", null);
        } catch (AccessDeniedException e) {
            throw new AccessDeniedException(path.toString(), null, "exists, and its directory may not be written");
        }
        FileChannel opened = null;
        boolean replaced = false;
        try {
            UserPrincipal owner = Files.getOwner(path, LinkOption.NOFOLLOW_LINKS);
            if (!owner.equals(Files.getOwner(fresh, LinkOption.NOFOLLOW_LINKS))) {
                throw new FileSystemException(path.toString(), null, "belongs to " + owner.getName());
            }
            opened = FileChannel.open(fresh, PRESENT);
            // Renaming follows no link, whatever stands there by now.
            Files.move(fresh, path, StandardCopyOption.ATOMIC_MOVE);
            replaced = true;
            return opened;
        } finally {
            if (!replaced) {
                if (opened != null) {
                    opened.close();
                }
                Files.deleteIfExists(fresh);
            }
        }
    }
}
