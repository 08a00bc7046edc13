/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.ringtap.channel.PortIdentity;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * A network interface: its name and the network namespace that it is in.
 *
 * @param address the name, of which a pattern is never the same twice
 * @param namespace the file behind the namespace's path, or that path if there is no such file
 */
record InterfaceIdentity(InterfaceAddress address, Object namespace) implements PortIdentity {
    /**
     * Of an interface in a namespace.
     *
     * @param namespace its name or path, {@code null} for that of this process
     */
    static InterfaceIdentity of(InterfaceAddress address, String namespace) {
        return new InterfaceIdentity(address, fileOf(namespace));
    }

    @Override
    public boolean overlaps(PortIdentity other) {
        // The kernel picks another name for a pattern each time.
        return !address.isPattern() && equals(other);
    }

    /** One namespace has many names, and one file behind them. */
    private static Object fileOf(String namespace) {
        String name = namespace == null ? "/proc/self/ns/net" : namespace;
        Path path = name.indexOf('/') >= 0 ? Path.of(name) : Path.of("/run/netns", name);
        try {
            Object file = Files.readAttributes(path, BasicFileAttributes.class).fileKey();
            return file == null ? path : file;
        } catch (IOException notThere) {
            // Opening the port will say so.
            return path;
        }
    }
}
