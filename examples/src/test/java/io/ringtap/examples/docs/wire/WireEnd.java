/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.docs.wire;

import io.ringtap.channel.spi.SignalledReadiness;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/**
 * One end of a wire inside this JVM. Each end has a queue of the frames on their way to it, also while it is not open.
 * A sender that finds the queue full has to wait. Any thread, but only one at a time for each end.
 */
final class WireEnd implements SignalledReadiness.Source {
    /** The length of the queue, in frames. */
    private static final int QUEUE = 1024;
    private static final Map<WireAddress, WireEnd> ENDS = new HashMap<>();

    private final BlockingQueue<byte[]> incoming = new ArrayBlockingQueue<>(QUEUE);
    private WireEnd far;
    private boolean open;
    private volatile Runnable ready;

    private WireEnd() {
    }

    /**
     * Opens one end, and makes the wire if there is none with this name.
     *
     * @throws IOException if this end is open already
     */
    static WireEnd open(WireAddress address) throws IOException {
        synchronized (ENDS) {
            WireEnd end = ENDS.get(address);
            if (end == null) {
                end = new WireEnd();
                end.far = new WireEnd();
                end.far.far = end;
                ENDS.put(address, end);
                ENDS.put(new WireAddress(WireAddress.PREFIX + address.name() + (address.isFirst() ? "/b" : "/a")),
                    end.far);
            }
            if (end.open) {
                throw new IOException(address + " is open already: a wire has one user at each end");
            }
            end.open = true;
            return end;
        }
    }

    /** Sends a frame to the other end. Returns {@code false} if there is no room. */
    boolean offer(byte[] frame) {
        return far.incoming.offer(frame);
    }

    @Override
    public boolean hasRoom() {
        return far.incoming.remainingCapacity() > 0;
    }

    /** Returns the next frame for this end, or {@code null} if there is none. */
    byte[] poll() {
        return incoming.poll();
    }

    boolean hasFrames() {
        return !incoming.isEmpty();
    }

    @Override
    public boolean hasMoreToRead() {
        return hasFrames();
    }

    /** Sets a task that runs when there are frames for this end, or room for frames from it. */
    @Override
    public void onReady(Runnable signal) {
        ready = signal;
    }

    /** Runs the task of the other end, which has frames to read or room to write again. */
    void signalFarEnd() {
        Runnable task = far.ready;
        if (task != null) {
            task.run();
        }
    }

    /** Closes this end. Frames in its queue are lost, those for the other end stay. */
    void close() {
        synchronized (ENDS) {
            open = false;
            incoming.clear();
            if (!far.open) {
                ENDS.values().removeIf(end -> end == this || end == far);
            }
        }
        signalFarEnd();
    }
}
