/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vhost.queue;

import io.netty.buffer.ByteBuf;
import io.ringtap.internal.vhost.memory.MemoryPlace;

/** Frames that a driver transmits, on its own side: its transmit buffers, as many as the ring has entries. */
public final class DriverFrameOutput extends WrittenFrame {
    private static final int END = -1;

    private final VirtqueueDriver driver;
    private final int buffersAt;
    private final int bufferBytes;
    private final MemoryPlace place = new MemoryPlace();
    /** The buffer that comes after one: in the list of free ones, or in its frame. */
    private final int[] following;
    private int firstFree;
    private int free;

    /** Lays out the transmit buffers of a queue. */
    public DriverFrameOutput(VirtqueueDriver driver, NetHeader header) {
        super(header, new ChainParts(2 * VirtqueueDevice.MAX_PARTS));
        this.driver = driver;
        bufferBytes = driver.layout().bufferBytes();
        buffersAt = driver.memory().allocate(driver.size * bufferBytes);
        following = new int[driver.size];
        for (int i = 0; i < driver.size; i++) {
            following[i] = i + 1 == driver.size ? END : i + 1;
        }
        free = driver.size;
    }

    @Override
    int write(ByteBuf buffer, FrameInput from, long frame, int length) {
        int total = length - header.channel() + header.ring();
        int needed = total <= bufferBytes ? 1 : (total + bufferBytes - 1) / bufferBytes;
        if (!driver.canHold(needed) || needed > driver.size) {
            return REFUSED;
        }
        if (free < needed || !driver.hasRoom(needed)) {
            reclaim();
            if (driver.fault() != null) {
                return STOPPED;
            }
            if (free < needed || !driver.hasRoom(needed)) {
                return FULL;
            }
        }
        int last = gather(needed, total);
        // If the buffer was released or changed by another thread, nothing has happened yet.
        fill(buffer, from, frame, length, 0);
        send(last);
        return WRITTEN;
    }

    private int gather(int needed, int total) {
        parts.dropBefore(parts.next());
        int last = END;
        int left = total;
        for (int i = 0, at = firstFree; i < needed; i++, at = following[at]) {
            int offset = buffersAt + at * bufferBytes;
            int bytes = Math.min(left, bufferBytes);
            place.set(driver.memory().bytes(), offset);
            parts.add(place, offset, bytes);
            left -= bytes;
            last = at;
        }
        return last;
    }

    private void send(int last) {
        driver.begin(false);
        for (int part = parts.first(); part != parts.next(); part++) {
            driver.part((int) parts.address(part), parts.length(part));
            free--;
        }
        int first = firstFree;
        firstFree = following[last];
        following[last] = END;
        driver.end(first);
    }

    /** Takes back the buffers of frames that the device has sent. */
    private void reclaim() {
        for (int first; (first = driver.takeUsed()) != VirtqueueDriver.NONE;) {
            int at = first;
            free++;
            while (following[at] != END) {
                at = following[at];
                free++;
            }
            following[at] = firstFree;
            firstFree = first;
        }
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
    public QueueFault fault() {
        return driver.fault();
    }
}
