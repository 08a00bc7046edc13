/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.netty.channel.ChannelOption;
import io.netty.channel.IoEventLoop;
import io.ringtap.channel.DeviceEvent;
import io.ringtap.channel.spi.DescriptorWaiter;
import io.ringtap.channel.spi.PlainFrameDevice;

import java.io.IOException;
import java.util.function.Consumer;

/** What a tap or TUN device adds to a {@link PlainFrameDevice}: options in the kernel, and events of its link. */
interface TapDevice extends PlainFrameDevice {
    /**
     * The value that the kernel has for an option. Any thread.
     *
     * @return {@code null} if the system does not report it
     * @throws IOException if it cannot be read, for example because the device is gone
     */
    Object read(ChannelOption<?> option) throws IOException;

    /**
     * Changes an option of the open device. Any thread.
     *
     * @throws IllegalArgumentException if the value is out of range
     * @throws IOException if the kernel refuses; the message says what to do
     */
    void change(ChannelOption<?> option, Object value) throws IOException;

    /**
     * Reports what happens to the link until {@link #unwatch}. Called on the event loop, as are both consumers.
     *
     * @param events receives an event when the link goes up or down, and when the MTU changes
     * @param gone is called once if the device is removed
     */
    void watch(IoEventLoop loop, DescriptorWaiter waiter, Consumer<DeviceEvent> events, Consumer<IOException> gone)
        throws IOException;

    /** Ends {@link #watch}; harmless without one. On the event loop. */
    void unwatch();

    /**
     * Sets what runs, on the event loop, when the kernel refuses super-frames although they are legal. A device that
     * does not notice does nothing here.
     */
    default void onSuperFramesRefused(Runnable refused) {
    }

    /**
     * Says whether super-frames count among what the device {@linkplain #vnetBackend() takes}; they do at first. On the
     * event loop.
     */
    default void takeSuperFrames(boolean take) {
    }
}
