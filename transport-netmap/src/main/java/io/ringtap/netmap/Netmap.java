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
 * Whether this machine's kernel has netmap for this process. It is looked at anew each time, as the module may be
 * loaded meanwhile. The {@linkplain EmbeddedNetmap embedded} netmap is there always.
 */
public final class Netmap {
    private Netmap() {
    }

    /** Whether the kernel has netmap, and lets this process open it. */
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

    /** What is missing, and in its message what to do about it; {@code null} if the kernel's netmap is available. */
    public static Throwable unavailabilityCause() {
        return KernelNetmap.INSTANCE.unavailabilityCause();
    }

    /** The netmap of this machine's kernel, whether or not there is one: if not, opening a port on it fails. */
    public static NetmapDriver kernel() {
        return KernelNetmap.INSTANCE;
    }

    /** The netmap inside this JVM. */
    public static EmbeddedNetmap embedded() {
        return JvmNetmap.shared();
    }

    /** Another netmap inside this JVM, with switches and pipes of its own, for {@link NetmapChannelOption#DRIVER}. */
    public static EmbeddedNetmap newEmbedded() {
        return new JvmNetmap();
    }

    /** Ports whose channel is closed and which stay open until the buffers they lent are released, by name. */
    public static List<String> pinnedPorts() {
        return OpenPorts.pinned();
    }
}
