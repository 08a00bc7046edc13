/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.driver;

import io.ringtap.internal.netmap.layout.NetmapLayout;
import io.ringtap.netmap.NetmapAddress;
import io.ringtap.netmap.NetmapExternalMemory;
import io.ringtap.netmap.NetmapMode;
import io.ringtap.netmap.NetmapRingCounts;

/**
 * The input of {@link NetmapFile#register}, that of {@code NETMAP_REQ_REGISTER}.
 *
 * @param portName the port as netmap knows it
 * @param mode which rings to bind
 * @param ring the ring of a mode that binds one
 * @param flags bits of {@link NetmapLayout.Register}
 * @param memoryId the region to share, or 0
 * @param counts how many rings and slots to ask for
 * @param extraBuffers how many buffers to ask for in addition to those in the slots
 * @param externalMemory the memory to use, or {@code null} for netmap's own
 */
public record NetmapRequest(String portName, NetmapMode mode, int ring, int flags, int memoryId,
                            NetmapRingCounts counts, int extraBuffers, NetmapExternalMemory externalMemory) {
    /** The request for an address, with additional flags and a number of extra buffers. */
    public static NetmapRequest of(NetmapAddress address, int flags, int memoryId, int extraBuffers) {
        return new NetmapRequest(address.portName(), address.mode(), address.ring(), address.flags() | flags, memoryId,
            address.counts(), extraBuffers, address.externalMemory());
    }
}
