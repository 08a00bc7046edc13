/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.port;

import io.ringtap.internal.netmap.embedded.JvmNetmap;
import io.ringtap.internal.netmap.kernel.KernelNetmap;
import io.ringtap.netmap.NetmapAddress;
import io.ringtap.netmap.NetmapDriver;

/** The choice of the netmap on which a port is opened. */
public final class DriverChoice {
    private DriverChoice() {
    }

    /**
     * The netmap to open an address on.
     *
     * @param chosen the one that the options ask for, or {@code null}
     * @throws IllegalArgumentException if the address asks for another
     */
    public static NetmapDriver of(NetmapAddress address, NetmapDriver chosen) {
        String named = address.driver();
        if (chosen != null) {
            if (named != null && !named.equals(chosen.name())) {
                throw new IllegalArgumentException(address + " is a port of the " + named + " netmap, and the option "
                    + "DRIVER is the " + chosen.name() + " one");
            }
            return chosen;
        }
        if (named != null) {
            return named.equals(KernelNetmap.INSTANCE.name()) ? KernelNetmap.INSTANCE : JvmNetmap.shared();
        }
        boolean virtual = address.isVale() || address.isPipe();
        // Only the kernel has network cards, and the error of opening one says what is missing.
        return !virtual || KernelNetmap.INSTANCE.unavailabilityCause() == null ? KernelNetmap.INSTANCE
            : JvmNetmap.shared();
    }
}
