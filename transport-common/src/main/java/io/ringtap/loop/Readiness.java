/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.loop;

import java.util.concurrent.Executor;

/**
 * One descriptor (or one port that has none) on one event loop, level-triggered: while a wanted event is
 * ready, the listener is called once in each turn of the loop. Errors are always reported, as poll(2) does. All methods
 * are called on the event loop, and so is the listener.
 */
public interface Readiness {
    /**
     * Receives the events. An implementation may close the descriptor, and so cancel this readiness, from within any
     * call.
     */
    interface Listener {
        /** There is something to read; or there may be, as a wake-up can be spurious. */
        void readable();

        /** There is room to write; or there may be. */
        void writable();

        /**
         * The descriptor is in error (POLLERR), or its other end has hung up (POLLHUP) and nothing is left that is
         * wanted to be read. Nothing masks this: a listener that neither reads the error away nor cancels is called
         * for ever.
         */
        void failed();

        /** The event loop shuts down: close what is registered. */
        void loopClosing();
    }

    /** Says what to wait for from now on, in place of what was said before. Cheap when nothing changes. */
    void want(boolean read, boolean write);

    /**
     * Ends the registration; call it before the descriptor is closed, as the number may be given out again at once. The
     * listener hears nothing more. Repeating it is harmless.
     */
    void cancel();

    /**
     * Asked after {@link #cancel}: what runs a task once the kernel holds the open file for this registration no more.
     * Closing the descriptor before is harmless, but what closing has to free (the name of a tap) stays taken for that
     * moment.
     *
     * @return what runs the task on the event loop, or {@code null} if nothing is held
     */
    default Executor whenReleased() {
        return null;
    }
}
