/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vhost.control;

import io.ringtap.internal.vhost.queue.VirtqueueDriver;

/** The queues of a front end, as a back end is told of them. */
public interface FrontEndQueues {
    /** The descriptor of the memory that they lie in, from its beginning. */
    int memory();

    /** The address of the memory, in this process and for the device. */
    long address();

    /** Bytes of the memory. */
    long size();

    /** How many rings there are: one to receive, one to transmit, and so on. */
    int rings();

    /** The queue of a ring. */
    VirtqueueDriver driver(int ring);

    /** What this side tells of new buffers by. */
    int kick(int ring);

    /** What the back end tells of used buffers by. */
    int call(int ring);
}
