/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vhost;

import io.netty.buffer.ByteBufAllocator;

/** The device whose queue {@link LentFrames} lie in. On its event loop, unless a method says otherwise. */
interface Lender {
    /** What frames are copied to. Any thread. */
    ByteBufAllocator allocator();

    /**
     * Has the error of an earlier access to memory of the other side thrown here and not later. Any thread.
     *
     * @throws InternalError if memory was used that is not there
     */
    void settle();

    /** Whether the other side has taken away memory that it had shared. */
    boolean isTruncated();

    /** Memory of the other side was not there when it was used. Any thread. */
    void memoryLost(InternalError fault);

    /** Frames were given back, which the other side is to have soon. */
    void returned();
}
