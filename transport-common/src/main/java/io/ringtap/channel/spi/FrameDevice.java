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
 * An open device, which a channel reads frames from and writes frames to. It has the role that {@code struct
 * net_backend} has in bhyve. An instance exists only while its device is open.
 *
 * <p>Unless a method says otherwise, the channel calls it on its event loop. Calls are not nested, with one exception:
 * while {@link #read} passes a frame to its {@link FrameSink}, a handler may write, flush or close, and the channel
 * then calls {@code write}, {@code endOfFlush} or {@code close}.
 */
public interface FrameDevice {
    /** Returned by {@link #write}: the device has taken the frame. */
    int WRITTEN = 1;
    /** Returned by {@link #write}: the device has no room now, and has taken nothing of the frame. */
    int FULL = 0;

    /** Returned by {@link #writeHandles}: the device has no room now for frames that it can take as they are. */
    int NO_ROOM = -1;

    /** The address of the device, with the name that the system gave it. Any thread. */
    SocketAddress localAddress();

    /**
     * The descriptor that the event loop waits on. A device inside this JVM, and one whose descriptor changes, returns
     * -1 and implements {@link #readiness}, for example with a {@link SignalledReadiness} or a {@link
     * ChangingReadiness}.
     */
    int descriptor();

    /**
     * Creates the readiness of a device without a descriptor. Devices with a descriptor do not implement this.
     *
     * @param loop any kind of event loop
     * @param waiter waits on descriptors of the device, see {@link ChangingReadiness}; {@code null} if the event loop
     *     can wait on none
     * @throws IOException if the device cannot serve that loop
     */
    default Readiness readiness(EventLoop loop, DescriptorWaiter waiter, Readiness.Listener listener)
        throws IOException {
        throw new IOException(localAddress() + " has neither a descriptor nor a readiness of its own");
    }

    /** The length in bytes of the vnet header in front of every frame, 0 for none. It never changes. Any thread. */
    int vnetHeaderLength();

    /** The layout of the vnet header in front of every frame; in native byte order by default. Any thread. */
    default VirtioNetHeader vnetHeader() {
        return VirtioNetHeader.of(VnetHeaderLength.ofBytes(vnetHeaderLength()));
    }

    /**
     * What the open device supports: the length of its vnet header, and which checksums and segmentation may be left
     * undone in the frames that it takes and that it delivers. By default, nothing may be left undone. Any thread.
     */
    default VirtioNetBackend vnetBackend() {
        return new VirtioNetBackend(EnumSet.of(vnetHeader().length()), VirtioNetOffloads.NONE, VirtioNetOffloads.NONE,
            true);
    }

    /**
     * Passes frames to the sink until there are no more, or until the sink returns {@code false}.
     *
     * @throws IOException if the device is gone; the frames that were read before have been passed on
     */
    void read(FrameSink sink) throws IOException;

    /**
     * Sends one frame. The buffer may be direct, on the heap, or composed of both. Its indices and its reference count
     * stay as they are.
     *
     * @return {@link #WRITTEN} or {@link #FULL}
     * @throws FrameRefusedException if this frame can never be sent; the next one may
     * @throws IOException if the device is gone
     */
    int write(ByteBuf frame) throws IOException;

    /**
     * Sends the first frames of a batch without copying them, if they are {@linkplain FrameBatch#isHandle handles} and
     * the device can take over their memory. The caller then {@linkplain FrameBatch#removeHandles removes} them. By
     * default, a device knows nothing of the memory of the batch and sends none; the frames are sent with {@link
     * #write}.
     *
     * @param max how many frames at most
     * @return how many frames were sent, counted from the first; {@link #NO_ROOM} if the first could be if there were
     *     room; 0 if it has to be sent with {@link #write}, which also shows whether the device is full
     * @throws IOException if the device is gone
     */
    default int writeHandles(FrameBatch frames, int max) throws IOException {
        return 0;
    }

    /**
     * The largest number of frames that {@link #writeTogether} takes at once. By default 1: each frame is sent with a
     * call of its own. It never changes.
     */
    default int framesTogether() {
        return 1;
    }

    /**
     * Sends several frames with one system call. Each is sent as {@link #write} would send it. Exceptions other than
     * {@link IOException} are thrown before any frame is sent.
     *
     * @param frames the next frames to send, in order; the caller keeps them
     * @param count how many there are: 2 to {@link #framesTogether}
     * @return how many frames were sent, counted from the first; 0 if the first has to be sent with {@link #write},
     *     which also shows why
     * @throws IOException if the device is gone
     */
    default int writeTogether(ByteBuf[] frames, int count) throws IOException {
        return 0;
    }

    /**
     * Called when the channel closes, before the calls of {@link #write} of its last flush. A device that leaves work
     * for the next flush, so that other channels have their turn, has to do it in this one. Does nothing by default.
     */
    default void beginLastFlush() {
    }

    /**
     * Called once after the last {@link #write} of a flush, also if the device was full. The device now sends what it
     * has queued.
     *
     * @throws IOException if the device is gone
     */
    void endOfFlush() throws IOException;

    /**
     * Called when the event loop reports an error of the descriptor. An error that stays cannot be masked: the event
     * loop would report it again and again.
     *
     * @return why the device is gone, and the channel closes; {@code null} only if this call has cleared the error and
     *     the device continues to work
     */
    IOException failure();

    /** The counters of the frames that the operating system has dropped at this device. Any thread. */
    DeviceDrops drops();

    /**
     * Releases everything that the device holds. Called once, after the registration with the event loop has ended.
     * Frames that the pipeline still holds stay valid.
     */
    void close();
}
