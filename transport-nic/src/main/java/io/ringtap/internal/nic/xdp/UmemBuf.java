/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.nic.xdp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.ringtap.internal.buffer.TrackedBuf;

/**
 * A chunk of a UMEM with a received frame in it, lent to the pipeline. Its release, on any thread, gives the chunk back
 * to its owner, or the one that took its place when the frame was sent from where it lies.
 */
final class UmemBuf extends TrackedBuf {
    private final int chunk;
    private UmemPool owner;
    private int returns;
    /** Whether a handler has set the capacity, and with it other memory. */
    private boolean replaced;

    UmemBuf(Umem umem, int chunk) {
        super(UnpooledByteBufAllocator.DEFAULT, umem.slice(chunk));
        this.chunk = chunk;
    }

    /** Begins the leak record of an object that is used once. */
    UmemBuf tracked() {
        track();
        return this;
    }

    /** Begins the leak record of an object that is used once, if the sampling of Netty's detector says so. */
    UmemBuf sampled() {
        trackSampled();
        return this;
    }

    /** Lends it with a frame in it, while nobody has it. */
    UmemBuf lend(UmemPool to, int offset, int length) {
        owner = to;
        returns = chunk;
        setIndex(offset, offset + length);
        markReaderIndex();
        markWriterIndex();
        resetRefCnt();
        return this;
    }

    UmemPool owner() {
        return owner;
    }

    int chunk() {
        return chunk;
    }

    /** Whether its chunk can be sent from where it lies: nobody else has it, and it still holds the frame. */
    boolean isWhole() {
        return refCnt() == 1 && returns == chunk && !replaced;
    }

    /** Its chunk is sent, and another one goes back in its place. It can only be released from now on. */
    void becomes(int other) {
        returns = other;
    }

    /** Whether it can be lent again. */
    boolean isReusable() {
        return refCnt() == 0 && !replaced;
    }

    @Override
    public ByteBuf capacity(int newCapacity) {
        replaced |= newCapacity != capacity();
        return super.capacity(newCapacity);
    }

    @Override
    protected void deallocate() {
        closeTrack();
        if (replaced) {
            super.deallocate();
        }
        // The last thing that is done here: it may be lent again at once.
        owner.giveBack(returns);
    }
}
