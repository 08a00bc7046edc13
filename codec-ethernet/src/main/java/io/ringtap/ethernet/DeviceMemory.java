/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.ethernet;

import io.netty.buffer.ByteBuf;

/**
 * Memory of a device in which frames of a {@link FrameBatch} lie. Such a frame becomes a buffer only if a handler asks
 * for one; a frame that is moved to another device with the same memory never does. A frame is identified by its
 * handle, a number that has a meaning only for its memory. The holder of the handle owns the frame, as the holder of a
 * reference owns a buffer. The memory is freed after all handles were given back.
 *
 * <p>Methods may be called by any thread, but a handle has one owner at a time.
 */
public interface DeviceMemory {
    /** The bytes of a frame, with its vnet header; 1 at least. */
    int length(long handle);

    /**
     * Eight bytes of a frame in network order.
     *
     * @param offset of the first, 0 to the frame's length less 8, which the caller has checked
     */
    long getLong(long handle, int offset);

    /** Makes a buffer of a frame. The buffer owns the frame from now on and is to be released once. */
    ByteBuf take(long handle);

    /** Gives frames back that are not needed any more: those of an array from one index up to another. */
    void giveBack(long[] handles, int from, int to);
}
