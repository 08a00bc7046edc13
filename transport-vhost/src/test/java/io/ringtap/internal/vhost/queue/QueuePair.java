/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vhost.queue;

import io.ringtap.internal.vhost.memory.BufferMemory;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A queue between a driver and a device, which meet in memory alone; in the one direction or in the other. */
final class QueuePair {
    /** Far from 0, so that an offset is no address. */
    static final long ADDRESS = 0x1_2345_6000_0000L;

    final VirtqueueDevice device;
    final VirtqueueDriver driver;
    final ByteBuffer bytes;
    final FrameInput input;
    final FrameOutput output;

    /**
     * Makes a queue.
     *
     * @param toDriver whether the device writes frames and the driver reads them
     */
    QueuePair(QueueFeatures features, DriverQueueLayout layout, NetHeader writer, NetHeader reader, boolean toDriver) {
        ByteBuffer all = ByteBuffer.allocateDirect((int) layout.bytes(features) + 2 * DriverMemory.ALIGNMENT);
        bytes = all.alignedSlice(DriverMemory.ALIGNMENT).order(ByteOrder.LITTLE_ENDIAN);
        DriverMemory memory = new DriverMemory(bytes, ADDRESS);
        driver = VirtqueueDriver.of(memory, layout, features);
        device = VirtqueueDevice.of(driver.ring(), features, new BufferMemory(bytes, ADDRESS), driver.base());
        if (toDriver) {
            input = new DriverFrameInput(driver, reader);
            output = new DeviceFrameOutput(device, writer);
            input.publish();
        } else {
            input = new DeviceFrameInput(device, reader);
            output = new DriverFrameOutput(driver, writer);
        }
    }

    static NetHeader header(int channel, boolean mergeable) {
        return new NetHeader(channel, 12, mergeable);
    }
}
