/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vhost.queue;

import io.ringtap.internal.vhost.memory.MemoryPlace;

/** Frames that a device sends, on the side of the driver: its receive buffers, as many as the ring has entries. */
public final class DriverFrameInput extends TakenFrames {
    private final VirtqueueDriver driver;
    private final int buffersAt;
    private final int bufferBytes;
    private final MemoryPlace place = new MemoryPlace();
    /** Of a frame whose first buffers have come: where its parts begin, and how many buffers are still to come. */
    private int begin;
    private int missing;
    private int dropped;

    /** Lays out the receive buffers of a queue, and makes them available; they are to be published. */
    public DriverFrameInput(VirtqueueDriver driver, NetHeader header) {
        super(header, driver.size);
        this.driver = driver;
        bufferBytes = driver.layout().bufferBytes();
        buffersAt = driver.memory().allocate(driver.size * bufferBytes);
        for (int i = 0; i < driver.size; i++) {
            makeAvailable(i);
        }
    }

    private void makeAvailable(int buffer) {
        driver.begin(true);
        driver.part(buffersAt + buffer * bufferBytes, bufferBytes);
        driver.end(buffer);
    }

    @Override
    public int take(int max) {
        int count = 0;
        for (int looked = 0; looked < max && (missing != 0 || hasRoom());) {
            int buffer = driver.takeUsed();
            if (buffer == VirtqueueDriver.NONE) {
                break;
            }
            if (missing == 0) {
                begin = parts.next();
                missing = buffersOf(buffer);
            }
            place.set(driver.memory().bytes(), buffersAt + buffer * bufferBytes);
            parts.add(place, buffer, driver.usedLength());
            if (--missing == 0) {
                looked++;
                count += endFrame();
            }
        }
        return count;
    }

    private int buffersOf(int buffer) {
        if (!header.mergeable()) {
            return 1;
        }
        int count = driver.memory().bytes().getShort(buffersAt + buffer * bufferBytes + NetHeader.NUM_BUFFERS) & 0xffff;
        if (count > Math.min(driver.size, VirtqueueDevice.MAX_PARTS)) {
            driver.stop(QueueFault.Kind.LENGTH, "the device has spread a frame over " + count + " buffers of "
                + driver.size);
            return 1;
        }
        return Math.max(1, count);
    }

    private int endFrame() {
        long bytes = bytesFrom(begin);
        if (isFrame(bytes)) {
            add(begin, (int) bytes);
            return 1;
        }
        dropped++;
        for (int part = begin; part != parts.next(); part++) {
            makeAvailable((int) parts.address(part));
        }
        parts.truncate(begin);
        return 0;
    }

    @Override
    public void giveBack(long frame) {
        int end = endPart(frame);
        for (int part = firstPart(frame); part != end; part++) {
            makeAvailable((int) parts.address(part));
        }
        forget(frame);
    }

    @Override
    public boolean publish() {
        return driver.publish();
    }

    @Override
    public void suppressNotifications() {
        driver.suppressNotifications();
    }

    @Override
    public boolean requestNotifications() {
        return driver.requestNotifications();
    }

    @Override
    public boolean isWaiting() {
        return driver.isWaiting();
    }

    @Override
    public int takeDropped() {
        int count = dropped;
        dropped = 0;
        return count;
    }

    @Override
    public QueueFault fault() {
        return driver.fault();
    }
}
