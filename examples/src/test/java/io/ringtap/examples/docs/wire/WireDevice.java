/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.docs.wire;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.ringtap.channel.DeviceDrops;
import io.ringtap.channel.spi.DescriptorWaiter;
import io.ringtap.channel.spi.FrameDevice;
import io.ringtap.channel.spi.FrameSink;
import io.ringtap.channel.spi.SignalledReadiness;
import io.ringtap.ethernet.DropReason;
import io.ringtap.ethernet.FrameRefusedException;
import io.ringtap.loop.Readiness;

import java.io.IOException;

/** The device of a channel: an open end of a wire. */
final class WireDevice implements FrameDevice {
    static final int MIN_FRAME = 14;
    static final int MAX_FRAME = 1514;

    private final WireAddress address;
    private final WireEnd end;
    private boolean unsignalled;

    WireDevice(WireAddress address) throws IOException {
        this.address = address;
        end = WireEnd.open(address);
    }

    @Override
    public WireAddress localAddress() {
        return address;
    }

    /** There is no descriptor. The two ends are in one JVM, and wake each other's event loop. */
    @Override
    public int descriptor() {
        return -1;
    }

    @Override
    public Readiness readiness(EventLoop loop, DescriptorWaiter waiter, Readiness.Listener listener) {
        return new SignalledReadiness(end, loop, listener);
    }

    @Override
    public int vnetHeaderLength() {
        return 0;
    }

    @Override
    public void read(FrameSink sink) {
        try {
            while (end.hasFrames()) {
                // The memory is allocated first. If there is none, the frame stays in the queue, and the channel reads
                // again later.
                ByteBuf frame = sink.allocate(MAX_FRAME);
                frame.writeBytes(end.poll());
                if (!sink.frame(frame)) {
                    return;
                }
            }
        } finally {
            // There may be room again for a waiting sender.
            end.signalFarEnd();
        }
    }

    @Override
    public int write(ByteBuf frame) throws FrameRefusedException {
        int length = frame.readableBytes();
        if (length < MIN_FRAME) {
            throw new FrameRefusedException(DropReason.REFUSED, address + " refused a frame of " + length + " bytes");
        }
        if (length > MAX_FRAME) {
            throw new FrameRefusedException(DropReason.TOO_LONG, address + " refused a frame of " + length
                + " bytes: the longest has " + MAX_FRAME);
        }
        byte[] copy = new byte[length];
        // The frame is copied by index, as write() must not change the reader index.
        frame.getBytes(frame.readerIndex(), copy);
        if (!end.offer(copy)) {
            return FULL;
        }
        unsignalled = true;
        return WRITTEN;
    }

    @Override
    public void endOfFlush() {
        if (unsignalled) {
            unsignalled = false;
            end.signalFarEnd();
        }
    }

    /** Only devices with a descriptor can fail like this. */
    @Override
    public IOException failure() {
        return new IOException(address + " has failed");
    }

    /** Nothing is ever dropped, as a sender waits for room. */
    @Override
    public DeviceDrops drops() {
        return new DeviceDrops(0, 0);
    }

    @Override
    public void close() {
        end.close();
    }
}
