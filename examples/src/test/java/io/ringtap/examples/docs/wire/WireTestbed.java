/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.docs.wire;

import io.ringtap.channel.FrameChannel;
import io.ringtap.testsuite.FrameTestbed;

import java.io.IOException;
import java.net.SocketAddress;
import java.util.UUID;

/** A new wire for each test. The channel has end a, and the test sends and receives at end b. */
final class WireTestbed implements FrameTestbed {
    private final String name = WireAddress.PREFIX + UUID.randomUUID().toString().replace("-", "");
    private WireEnd far;

    @Override
    public FrameChannel newChannel() {
        return new WireChannel();
    }

    @Override
    public SocketAddress address() {
        return new WireAddress(name + "/a");
    }

    @Override
    public boolean needsDescriptor() {
        return false;
    }

    @Override
    public void ready() throws IOException {
        if (far == null) {
            far = WireEnd.open(new WireAddress(name + "/b"));
        }
    }

    @Override
    public void send(byte[] frame) {
        while (!far.offer(frame)) {
            Thread.onSpinWait();
        }
        far.signalFarEnd();
    }

    @Override
    public byte[] receive(long timeoutMillis) {
        long deadline = System.nanoTime() + timeoutMillis * 1_000_000;
        byte[] frame;
        while ((frame = far.poll()) == null && System.nanoTime() - deadline < 0) {
            Thread.onSpinWait();
        }
        far.signalFarEnd();
        return frame;
    }

    /** Frames are taken only by {@link #receive}, so that the wire is full when its queue is. */
    @Override
    public boolean stall() {
        return true;
    }

    @Override
    public void resume() {
        // receive() takes frames again.
    }

    @Override
    public void close() {
        if (far != null) {
            far.close();
        }
    }
}
