/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vhost.queue;

import io.netty.buffer.ByteBuf;

import java.nio.ByteBuffer;

/**
 * Frames that come out of a virtqueue: on the device's side out of the driver's transmit queue, on the driver's side
 * out of its own receive queue. Frames are numbered in the order in which they come. Each is taken, read any number of
 * times, and given back once; the other side learns of that when it is published.
 *
 * <pre>
 *   published | given back | lent: taken, and not given back | waiting in the ring
 *                                                            ^ next()
 * </pre>
 *
 * <p>A frame has a vnet header of the length that the channel has, whatever the other side has: 0, 10 or 12 bytes. The
 * other side may change the bytes of a frame for as long as it is lent. Its length is fixed when it is taken, and the
 * first {@value #HEAD} bytes are when they are first asked for with {@link #getLong}: they are read from the copy from
 * then on, so that what was checked is what is used. Used on the event loop of the queue; nothing here allocates or
 * blocks, and whatever the other side does, nothing throws.
 */
public interface FrameInput {
    /** So many bytes of a frame, its vnet header included, stay as they were first read. */
    int HEAD = 64;
    /** The most frames that are lent at the same time: they are among the last so many that were taken. */
    int MOST_LENT = 256;

    /**
     * Takes frames that wait in the ring. A frame that is none, as it is too short or too long, is dropped and counted
     * on the way.
     *
     * @param max how many at most
     * @return how many were taken: fewer if there are no more, if there is no room to remember more lent ones, or if
     *     the queue has {@linkplain #fault stopped}
     */
    int take(int max);

    /** The number of the frame that will be taken next; those taken last have the numbers just below it. */
    long next();

    /** How many frames are lent: taken, and not given back. */
    int lent();

    /** Whether a frame that was taken has not been given back. */
    boolean isLent(long frame);

    /** Bytes of a lent frame, with the channel's vnet header. */
    int length(long frame);

    /**
     * Eight bytes of a lent frame in network order.
     *
     * @param offset of the first, 0 to its length less 8, which the caller has checked
     */
    long getLong(long frame, int offset);

    /** Appends a lent frame, with the channel's vnet header, to a buffer that has room for it. */
    void read(long frame, ByteBuf into);

    /**
     * Copies bytes of a lent frame, with the channel's vnet header.
     *
     * @param offset of the first, and that many from there on: within the frame
     * @param to little-endian memory, whose limit is not before the place of the last byte
     * @param at where in it, whatever its position is
     */
    void copy(long frame, int offset, int length, ByteBuffer to, int at);

    /** Gives a lent frame back: its bytes are not looked at any more. */
    void giveBack(long frame);

    /**
     * Lets the other side have what was given back.
     *
     * @return whether it wants to be notified now
     */
    boolean publish();

    /** Tells the other side that no notification of further frames is wanted, as this side looks by itself. */
    void suppressNotifications();

    /**
     * Tells the other side to notify when there is a frame, and looks at the ring once more after that.
     *
     * @return whether there is a frame already, for which no notification may come
     */
    boolean requestNotifications();

    /** Whether there is something to take. */
    boolean isWaiting();

    /** How many frames were dropped as too short or too long since this was asked last. */
    int takeDropped();

    /** Why the queue has stopped; {@code null} while it works. */
    QueueFault fault();
}
