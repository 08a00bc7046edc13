/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.virtio;

import io.ringtap.ethernet.FrameDirection;

/** Learns of each frame that a handler of this package drops, as it does so; on the event loop. */
@FunctionalInterface
public interface DropListener {
    /**
     * A frame was dropped.
     *
     * @param direction where it was going
     * @param reason why; never {@link VirtioNetVerdict#VALID}
     */
    void dropped(FrameDirection direction, VirtioNetVerdict reason);
}
