/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap;

/**
 * What netmap knows of a port: {@link NetmapControl#portInfo}.
 *
 * @param counts the rings and slots that the port has
 * @param memoryId the memory region of the port; ports of the same region can exchange buffers by index
 * @param memorySize bytes of the region
 */
public record NetmapPortInfo(NetmapRingCounts counts, int memoryId, long memorySize) {
}
