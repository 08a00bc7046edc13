/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.pktgen;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.CompositeByteBuf;
import io.ringtap.examples.UdpFrame;

/**
 * Makes the frames that are sent: the same one again and again, or copies whose addresses and ports go through ranges.
 * On one event loop.
 */
final class FrameSource implements AutoCloseable {
    private final ByteBufAllocator alloc;
    private final PktgenOptions options;
    private final int vnetHeaderLength;
    /** The frame, with a vnet header of zeros in front; whole, as it is copied from. */
    private final ByteBuf whole;
    /** What is sent if all frames are the same: never written to. */
    private final ByteBuf same;
    private final UdpFrame.Flow flow;
    private final EndpointRange.Walk from;
    private final EndpointRange.Walk to;
    private boolean begun;

    FrameSource(ByteBufAllocator alloc, PktgenOptions options, int vnetHeaderLength) {
        this.alloc = alloc;
        this.options = options;
        this.vnetHeaderLength = vnetHeaderLength;
        whole = alloc.directBuffer(vnetHeaderLength + options.frameLength()).writeZero(vnetHeaderLength);
        boolean varies = options.packet() == null && !(options.from().isSingle() && options.to().isSingle());
        if (options.packet() == null) {
            int payload = options.length() - UdpFrame.PAYLOAD;
            UdpFrame.writeHeaders(whole, options.from().first(), options.to().first(), payload);
            whole.writeZero(payload).readerIndex(vnetHeaderLength);
            UdpFrame.seal(whole);
            whole.readerIndex(0);
        } else {
            whole.writeBytes(options.packet());
        }
        flow = varies ? new UdpFrame.Flow(whole, vnetHeaderLength) : null;
        from = options.from().new Walk();
        to = options.to().new Walk();
        same = varies ? null : inFragments(whole.retain());
    }

    /** The next frame, which the caller releases or sends. */
    ByteBuf next() {
        if (same != null) {
            // The same buffer: a write leaves its indices alone.
            return same.retain();
        }
        if (begun ? from.advance() : options.from().random()) {
            to.advance();
        }
        begun = true;
        ByteBuf frame = alloc.directBuffer(whole.readableBytes());
        frame.writeBytes(whole, 0, whole.readableBytes());
        flow.set(frame, vnetHeaderLength, from.address(), from.port(), to.address(), to.port());
        return inFragments(frame);
    }

    /** Hands over the frame in as many buffers as asked for. */
    private ByteBuf inFragments(ByteBuf frame) {
        int fragments = options.fragments();
        if (fragments == 1) {
            return frame;
        }
        CompositeByteBuf composite = alloc.compositeDirectBuffer(fragments);
        int length = frame.readableBytes();
        for (int i = 0; i < fragments; i++) {
            int begin = length * i / fragments;
            composite.addComponent(true, frame.retainedSlice(begin, length * (i + 1) / fragments - begin));
        }
        frame.release();
        return composite;
    }

    @Override
    public void close() {
        if (same != null) {
            same.release();
        }
        whole.release();
    }
}
