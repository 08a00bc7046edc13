/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel.spi;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.ringtap.channel.DeviceDrops;
import io.ringtap.ethernet.FrameBatch;
import io.ringtap.ethernet.FrameRefusedException;
import io.ringtap.loop.Readiness;
import io.ringtap.virtio.VirtioNetBackend;
import io.ringtap.virtio.VirtioNetHeader;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VnetHeaderLength;

import java.io.IOException;
import java.net.SocketAddress;
import java.util.EnumSet;

/**
 * One open backend: what bhyve's {@code struct net_backend} is, in the terms of Netty. An instance exists only while
 * its device is open. Unless a method says otherwise, the channel calls it on its event loop, and never from within
 * another call but for what a {@link FrameSink} makes a handler do ({@code write}, {@code endOfFlush}, {@code
 * close}).
 */
public interface FrameDevice {
    /** {@link #write}: the device has taken the frame. */
    int WRITTEN = 1;
    /** {@link #write}: the device has no room now; the frame is untouched. */
    int FULL = 0;

    /** The device's address under the name that the system gave it. Any thread. */
    SocketAddress localAddress();

    /**
     * The descriptor to wait on; -1 for a device that has a {@link #readiness} of its own, as it is inside this JVM
     * ({@link SignalledReadiness}), or waits on descriptors that change ({@link ChangingReadiness}).
     */
    int descriptor();

    /**
     * The readiness of a device without a descriptor, on any event loop at all; others inherit this.
     *
     * @param waiter waits on descriptors of the device, see {@link ChangingReadiness}; {@code null} where nothing does
     * @throws IOException if the device cannot serve that loop
     */
    default Readiness readiness(EventLoop loop, DescriptorWaiter waiter, Readiness.Listener listener)
        throws IOException {
        throw new IOException(localAddress() + " has neither a descriptor nor a readiness of its own");
    }

    /** Bytes of vnet header in front of every frame, 0 for none; does not change. Any thread. */
    int vnetHeaderLength();

    /** How the vnet header in front of every frame lies: in native byte order unless overridden. Any thread. */
    default VirtioNetHeader vnetHeader() {
        return VirtioNetHeader.of(VnetHeaderLength.ofBytes(vnetHeaderLength()));
    }

    /**
     * What the open device agreed to: its header length, and what may be left undone in the frames that it takes and
     * gives, which is nothing unless overridden. Any thread.
     */
    default VirtioNetBackend vnetBackend() {
        return new VirtioNetBackend(EnumSet.of(vnetHeader().length()), VirtioNetOffloads.NONE, VirtioNetOffloads.NONE,
            true);
    }

    /**
     * Hands frames to the sink until there are no more or the sink says to stop.
     *
     * @throws IOException if the device is gone; what was read until then has been handed on
     */
    void read(FrameSink sink) throws IOException;

    /**
     * Sends one frame, of any mix of direct, heap and composite parts, without changing its indices or its count.
     *
     * @return {@link #WRITTEN} or {@link #FULL}
     * @throws FrameRefusedException if this frame can never be sent; the next one may
     * @throws IOException if the device is gone
     */
    int write(ByteBuf frame) throws IOException;

    /**
     * Sends frames from the front of a batch that are {@linkplain FrameBatch#isHandle no buffers yet}, if it can take
     * them over as they are: the caller then {@linkplain FrameBatch#removeHandles removes} them. A device that knows
     * nothing of the memory of the batch, as it is unless overridden, leaves them to {@link #write}.
     *
     * @param max how many frames at most
     * @return how many are sent, from the first one on; 0 if the first has to go through {@link #write}, which also
     *     finds out whether the device is full
     * @throws IOException if the device is gone
     */
    default int writeHandles(FrameBatch frames, int max) throws IOException {
        return 0;
    }

    /**
     * How many frames {@link #writeTogether} takes at once; 1 for a device that sends each frame with a call of its
     * own, as it does unless overridden. Does not change.
     */
    default int framesTogether() {
        return 1;
    }

    /**
     * Sends frames from the front of several, with one system call for all of them, as {@link #write} would send each.
     * What it throws but an {@link IOException} it throws before any of them is sent.
     *
     * @param frames the frames at the front, in order; they are the caller's
     * @param count how many there are: 2 to {@link #framesTogether}
     * @return how many are sent, from the first one on; 0 if the first has to go through {@link #write}, which also
     *     finds out why
     * @throws IOException if the device is gone
     */
    default int writeTogether(ByteBuf[] frames, int count) throws IOException {
        return 0;
    }

    /**
     * Called when the channel closes, before the {@link #write}s of its last flush: what a device would leave for the
     * next flush, so that others have their turn, it does now. Does nothing unless overridden.
     */
    default void beginLastFlush() {
    }

    /**
     * Called once after the last {@link #write} of a flush, also when the device was full: what was queued goes out
     * now.
     *
     * @throws IOException if the device is gone
     */
    void endOfFlush() throws IOException;

    /**
     * Called when the descriptor is reported in error.
     *
     * @return why the device is gone, so that the channel closes; {@code null} only if this call has read the error
     *     away and the device goes on: an error that stays cannot be masked, and the event loop would spin
     */
    IOException failure();

    /** What the system has dropped at this device. Any thread. */
    DeviceDrops drops();

    /**
     * Releases everything. Called once, after the registration with the event loop has ended. Frames lent to the
     * pipeline stay valid.
     */
    void close();
}
