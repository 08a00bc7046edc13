/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vhost.queue;

/** Frames that a driver transmits, on the side of the device. */
public final class DeviceFrameInput extends TakenFrames {
    private final VirtqueueDevice device;
    /**
     * The chains that were taken and not completed, in their order: they are completed in the order in which they were
     * taken, whatever the order in which frames are given back. A circle, twice as large as that of the frames, as
     * chains that are no frames are in it too.
     */
    private final int[] chains;
    private final boolean[] done;
    private final int[] chainOf;
    private final int mask;
    private int firstChain;
    private int nextChain;
    private int dropped;

    /** Takes frames out of a queue that nobody else takes chains of. */
    public DeviceFrameInput(VirtqueueDevice device, NetHeader header) {
        super(header, device.size());
        this.device = device;
        chains = new int[2 * capacity()];
        done = new boolean[chains.length];
        chainOf = new int[capacity()];
        mask = chains.length - 1;
    }

    /** The queue that the frames come out of. */
    VirtqueueDevice device() {
        return device;
    }

    @Override
    public int take(int max) {
        int count = 0;
        // What is dropped counts too: a driver could go on giving such chains for ever.
        for (int looked = 0; looked < max && hasRoom() && nextChain - firstChain <= mask; looked++) {
            int begin = parts.next();
            int chain = device.take(parts, false);
            if (chain == VirtqueueDevice.NONE) {
                break;
            }
            int at = nextChain++ & mask;
            chains[at] = chain;
            done[at] = false;
            long bytes = bytesFrom(begin);
            if (isFrame(bytes)) {
                chainOf[slot(next())] = at;
                add(begin, (int) bytes);
                count++;
            } else {
                parts.truncate(begin);
                done[at] = true;
                dropped++;
                complete();
            }
        }
        return count;
    }

    @Override
    public void giveBack(long frame) {
        done[chainOf[slot(frame)]] = true;
        forget(frame);
        complete();
    }

    private void complete() {
        while (firstChain != nextChain && done[firstChain & mask]) {
            device.complete(chains[firstChain++ & mask], 0);
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
        device.requestNotifications();
        return device.isWaiting();
    }

    @Override
    public boolean isWaiting() {
        return device.isWaiting();
    }

    @Override
    public int takeDropped() {
        int count = dropped;
        dropped = 0;
        return count;
    }

    @Override
    public QueueFault fault() {
        return device.fault();
    }
}
