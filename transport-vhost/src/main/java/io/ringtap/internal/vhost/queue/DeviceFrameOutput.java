/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vhost.queue;

import io.netty.buffer.ByteBuf;

/** Frames that a driver receives, on the side of the device. */
public final class DeviceFrameOutput extends WrittenFrame {
    /** The most receive buffers of one frame. */
    private static final int MOST_CHAINS = 256;

    private final VirtqueueDevice device;
    private final int[] chains = new int[MOST_CHAINS];
    private final int[] ends = new int[MOST_CHAINS];
    private int count;

    /** Writes frames into a queue that nobody else takes chains of. */
    public DeviceFrameOutput(VirtqueueDevice device, NetHeader header) {
        super(header, new ChainParts(4 * VirtqueueDevice.MAX_PARTS));
        this.device = device;
    }

    @Override
    int write(ByteBuf buffer, FrameInput from, long frame, int length) {
        int total = length - header.channel() + header.ring();
        long before = device.position();
        int found = gather(total);
        if (found != WRITTEN) {
            device.rewind(before);
            return found;
        }
        try {
            fill(buffer, from, frame, length, header.mergeable() ? count : 1);
        } catch (RuntimeException | Error broken) {
            // The buffer was released or changed by another thread: the chains are as they were.
            device.rewind(before);
            throw broken;
        }
        complete(total);
        return WRITTEN;
    }

    /** Takes chains with room for a frame. */
    private int gather(int total) {
        long before = device.position();
        int begin = parts.next();
        parts.dropBefore(begin);
        count = 0;
        long room = 0;
        do {
            if (count == MOST_CHAINS || !parts.hasRoomForChain()) {
                return REFUSED;
            }
            int chain = device.take(parts, true);
            if (chain == VirtqueueDevice.NONE) {
                if (device.fault() != null) {
                    return STOPPED;
                }
                // If all of the ring is too little, waiting does not help.
                return device.takenSince(before) == device.size() ? REFUSED : FULL;
            }
            for (int part = begin; part != parts.next(); part++) {
                room += parts.length(part);
            }
            begin = parts.next();
            chains[count] = chain;
            ends[count++] = begin;
        } while (room < total && header.mergeable());
        return room < total ? REFUSED : WRITTEN;
    }

    private void complete(int total) {
        int left = total;
        int part = parts.first();
        for (int i = 0; i < count; i++) {
            int written = 0;
            for (; part != ends[i]; part++) {
                int bytes = Math.min(left, parts.length(part));
                device.logPart(parts.address(part), bytes);
                written += bytes;
                left -= bytes;
            }
            device.complete(chains[i], written);
        }
    }

    @Override
    public boolean publish() {
        return device.publish();
    }

    @Override
    public void suppressNotifications() {
        device.suppressNotifications();
    }

    @Override
    public boolean requestNotifications() {
        return device.requestNotifications();
    }

    @Override
    public QueueFault fault() {
        return device.fault();
    }
}
