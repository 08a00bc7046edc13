/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.ring;

/** Examines received frames in place, for {@link NetmapRxRing#receive}. */
@FunctionalInterface
public interface SlotConsumer {
    /**
     * Called for each slot of a frame in order. What netmap wrote into the slot was checked. It must not move the ring,
     * and must not keep the buffer, which belongs to netmap again afterwards.
     *
     * @param buffer the index of the buffer, see {@link NetmapRing#buffer}; any number if the slot is empty
     * @param offset where in the buffer the data begin
     * @param length bytes; 0 if a slot of a longer frame is empty
     * @param more whether the frame continues in the next slot
     */
    void slot(int buffer, int offset, int length, boolean more);
}
