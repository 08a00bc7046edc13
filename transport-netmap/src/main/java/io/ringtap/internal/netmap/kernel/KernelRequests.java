/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.kernel;

import io.ringtap.internal.netmap.driver.NetmapRegistration;
import io.ringtap.internal.netmap.driver.NetmapRequest;
import io.ringtap.netmap.NetmapRingCounts;

import java.util.List;

/** The requests to the kernel except syncs, in one of their two forms. Results are 0 or a negative error number. */
interface KernelRequests {
    /**
     * Registers a port. {@link #result()} has what the kernel granted.
     *
     * @param external the memory that the request gives to netmap, {@code null} for netmap's own
     */
    int register(NetmapRequest request, KernelMemory external);

    /** Asks for information on a port. {@link #result()} has the answer. */
    int portInfo(String port);

    /** The result of the last successful {@link #register} or {@link #portInfo}. */
    NetmapRegistration result();

    /** The length of the vnet header of a port, or a negative error number. */
    int headerLength(String port);

    int headerLength(String port, int length);

    int attach(NetmapRequest request);

    int detach(String port);

    /** Adds the names of all ports of all switches. */
    int valePorts(List<String> names);

    int create(String name, NetmapRingCounts counts, int memoryId);

    int destroy(String name);
}
