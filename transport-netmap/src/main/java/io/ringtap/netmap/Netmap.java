/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap;

import io.ringtap.internal.netmap.embedded.JvmNetmap;
import io.ringtap.internal.netmap.kernel.KernelNetmap;
import io.ringtap.internal.netmap.port.OpenPorts;
import io.ringtap.netmap.embedded.EmbeddedNetmap;

import java.util.List;

/**
 * The netmaps that ports can be opened on, and whether the kernel of this machine has netmap for this process. That is
 * checked with every call, as the kernel module may be loaded meanwhile. The {@linkplain EmbeddedNetmap embedded}
 * netmap is always available.
 */
public final class Netmap {
    private Netmap() {
    }

    /** Whether the kernel has netmap and this process may open it. */
    public static boolean isAvailable() {
        return unavailabilityCause() == null;
    }

    /**
     * Throws if the kernel's netmap is not available.
     *
     * @throws UnsupportedOperationException with a cause that says what is missing and what to do
     */
    public static void ensureAvailability() {
        Throwable cause = unavailabilityCause();
        if (cause != null) {
            throw new UnsupportedOperationException("netmap is not available: " + cause.getMessage(), cause);
        }
    }

    /** What is missing, with advice in the message; {@code null} if the kernel's netmap is available. */
    public static Throwable unavailabilityCause() {
        return KernelNetmap.INSTANCE.unavailabilityCause();
    }

    /** The netmap of this machine's kernel, whether or not it exists. If it does not, opening a port on it fails. */
    public static NetmapDriver kernel() {
        return KernelNetmap.INSTANCE;
    }

    /** The netmap inside this JVM that ports opened by name use. */
    public static EmbeddedNetmap embedded() {
        return JvmNetmap.shared();
    }

    /** Another netmap inside this JVM, with switches and pipes of its own, for {@link NetmapChannelOption#DRIVER}. */
    public static EmbeddedNetmap newEmbedded() {
        return new JvmNetmap();
    }

    /**
     * The names of the ports whose channel is closed, and which stay open until the buffers that they lent are
     * released.
     */
    public static List<String> pinnedPorts() {
        return OpenPorts.pinned();
    }
}
