/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.buffer;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledDirectByteBuf;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.ResourceLeakDetectorFactory;
import io.netty.util.ResourceLeakTracker;

/**
 * One hand-out of a {@link RecycledBuf}, with a leak record: an object of its own over the same memory, with a
 * reference count of its own, so that the garbage collector finds it when it is forgotten, and that what is released
 * stays so when the memory is handed out again.
 */
final class TrackedBuf extends UnpooledDirectByteBuf {
    private static final ResourceLeakDetector<TrackedBuf> DETECTOR =
        ResourceLeakDetectorFactory.instance().newResourceLeakDetector(TrackedBuf.class);

    private final RecycledBuf origin;
    private final ResourceLeakTracker<TrackedBuf> leak;

    TrackedBuf(RecycledBuf origin) {
        super(origin.alloc(), origin.nioBuffer(0, origin.capacity()), origin.capacity());
        setIndex(origin.readerIndex(), origin.writerIndex());
        this.origin = origin;
        leak = DETECTOR.trackForcibly(this);
    }

    private void record() {
        if (leak != null && LeakSampler.isRecording()) {
            leak.record();
        }
    }

    @Override
    public ByteBuf touch() {
        record();
        return this;
    }

    @Override
    public ByteBuf touch(Object hint) {
        if (leak != null && LeakSampler.isRecording()) {
            leak.record(hint);
        }
        return this;
    }

    @Override
    public ByteBuf retain() {
        record();
        return super.retain();
    }

    @Override
    public ByteBuf retain(int increment) {
        record();
        return super.retain(increment);
    }

    @Override
    public boolean release() {
        record();
        return super.release();
    }

    @Override
    public boolean release(int decrement) {
        record();
        return super.release(decrement);
    }

    @Override
    protected void deallocate() {
        try {
            super.deallocate();
            if (leak != null) {
                leak.close(this);
            }
        } finally {
            origin.release();
        }
    }
}
