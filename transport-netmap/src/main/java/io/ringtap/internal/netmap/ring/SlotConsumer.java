/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.ring;

/** Looks at received frames where they lie: {@link NetmapRxRing#receive}. */
@FunctionalInterface
public interface SlotConsumer {
    /**
     * Told of one slot of a frame, all of them in order. What netmap wrote into it was checked. It must not move the
     * ring, nor keep the buffer, which is netmap's again afterwards.
     *
     * @param buffer the index of the buffer, see {@link NetmapRing#buffer}; if the slot is empty, any number
     * @param offset where in the buffer the data begin
     * @param length bytes, 0 where a slot of a longer frame is empty
     * @param more whether the frame goes on in the next slot
     */
    void slot(int buffer, int offset, int length, boolean more);
}
