/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.ethernet;

import io.netty.buffer.ByteBuf;

/**
 * Memory of a device in which frames of a {@link FrameBatch} lie before anybody asks for them as buffers: the frames
 * that only go from one such device to the next never are any. A frame is known by its place, a number that means
 * something to its store alone. Who has the place has the frame, as with one reference to a buffer; the store keeps
 * its memory until every place is back.
 *
 * <p>Any thread, but a place has one owner at a time.
 */
public interface FrameStore {
    /** The bytes of a frame, with its vnet header; 1 at least. */
    int length(long place);

    /**
     * Eight bytes of a frame in network order.
     *
     * @param offset of the first, 0 to the frame's length less 8, which the caller has checked
     */
    long getLong(long place, int offset);

    /** Makes a buffer of a frame: it holds the frame from now on, to be released once. */
    ByteBuf take(long place);

    /** Gives frames back that nobody wants any more: those of an array from one index up to another. */
    void giveBack(long[] places, int from, int to);
}
