/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vhost.memory;

/**
 * The memory that a guest has handed over, by the guest's own addresses. A guest can name any address with any length;
 * {@link #locate} alone decides whether that is memory of the guest.
 *
 * <p>One object is used by one queue, on its event loop, since its windows have a position and a limit. The memory
 * stays mapped for as long as a queue has the object: whoever takes regions away first gives the queue another object.
 * Bytes may be changed by the guest at any time, also between two reads; what was read once is what was checked.
 */
public interface GuestMemory {
    /**
     * Finds a piece of guest memory. This allocates nothing and throws nothing, whatever the numbers are.
     *
     * @param address of the first byte, unsigned
     * @param length in bytes, unsigned: as it stood in a descriptor
     * @param into is told where the piece lies, if it is one
     * @return whether all of it lies within one region, and so in one window; a piece of no bytes lies in a region if
     *     its address does, or if it is just behind the end. If not, {@code into} is unchanged
     */
    boolean locate(long address, int length, MemoryPlace into);
}
