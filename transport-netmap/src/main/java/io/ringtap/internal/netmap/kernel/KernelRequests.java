/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.kernel;

import io.ringtap.internal.netmap.driver.NetmapRegistration;
import io.ringtap.internal.netmap.driver.NetmapRequest;
import io.ringtap.netmap.NetmapRingCounts;

import java.util.List;

/** What the kernel is asked for beyond syncs: in one form or the other. Results are 0 or a negative error number. */
interface KernelRequests {
    /**
     * Registers; {@link #result()} tells what the kernel gave.
     *
     * @param external the memory that the request gives to netmap, {@code null} for netmap's own
     */
    int register(NetmapRequest request, KernelMemory external);

    /** Asks for a port; {@link #result()} tells what the kernel knows. */
    int portInfo(String port);

    /** What the last successful {@link #register} or {@link #portInfo} gave. */
    NetmapRegistration result();

    /** The header length of a port, or a negative error number. */
    int headerLength(String port);

    int headerLength(String port, int length);

    int attach(NetmapRequest request);

    int detach(String port);

    /** Adds the names of all ports of all switches. */
    int valePorts(List<String> names);

    int create(String name, NetmapRingCounts counts, int memoryId);

    int destroy(String name);
}
