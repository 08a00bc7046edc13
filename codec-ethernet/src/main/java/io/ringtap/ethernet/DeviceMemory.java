/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.ethernet;

import io.netty.buffer.ByteBuf;

/**
 * Memory of a device in which frames of a {@link FrameBatch} lie. Such a frame becomes a buffer when somebody asks for
 * one; a frame that goes from one device to the next with the same kind of memory never does. A frame is known by its
 * handle, a number that has a meaning only for its memory. Whoever has the handle owns the frame, as with one reference
 * to a buffer; the memory is not freed before every handle is back.
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

    /** Makes a buffer of a frame: it holds the frame from now on, to be released once. */
    ByteBuf take(long handle);

    /** Gives frames back that nobody wants any more: those of an array from one index up to another. */
    void giveBack(long[] handles, int from, int to);
}
