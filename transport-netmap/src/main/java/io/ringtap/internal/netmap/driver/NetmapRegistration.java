/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.driver;

import io.ringtap.netmap.NetmapRingCounts;

/**
 * What netmap has granted: the output of {@code NETMAP_REQ_REGISTER} and of {@code NETMAP_REQ_PORT_INFO_GET}.
 *
 * @param offset where in the region the {@code netmap_if} stands; 0 for port information
 * @param memorySize bytes of the region
 * @param counts the rings and slots that the port has
 * @param memoryId the region; ports of the same region can exchange buffers by index
 * @param extraBuffers how many extra buffers were granted, which may be fewer than were asked for
 */
public record NetmapRegistration(long offset, long memorySize, NetmapRingCounts counts, int memoryId,
                                 int extraBuffers) {
}
