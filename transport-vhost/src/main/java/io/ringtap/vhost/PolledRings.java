/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vhost;

/** A pair of rings that {@link VhostReadiness} has looked at. On its event loop. */
interface PolledRings {
    /** What rings and silences its event descriptors. */
    Doorbell doorbell();

    /** An event descriptor of the other side is none any more. */
    void kickLost(int descriptor);

    /** Whether there is something to read. */
    boolean hasFrames();

    /** Tells the other side that this side looks by itself. */
    void suppressKicks();

    /** Asks the other side to tell of frames or of room; whether there is something to do already. */
    boolean requestKicks(boolean frames, boolean room);

    /** Whether there is something to look at. */
    boolean isServed();

    /** Whether a ring has to be looked at again and again, as nobody tells of it. */
    boolean isPolled();

    /** The event loop is left. */
    void left(VhostReadiness former);
}
