/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.buffer;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledDirectByteBuf;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.ResourceLeakDetectorFactory;
import io.netty.util.ResourceLeakTracker;

import java.nio.ByteBuffer;

/**
 * A direct buffer over memory that belongs to somebody else, which may have a leak record. Only an object that is used
 * once may have one, as the record ends with its last reference. For the authors of devices.
 */
public abstract class TrackedBuf extends UnpooledDirectByteBuf {
    private static final ResourceLeakDetector<TrackedBuf> DETECTOR =
        ResourceLeakDetectorFactory.instance().newResourceLeakDetector(TrackedBuf.class);

    /** {@code null} if it is not tracked. */
    private ResourceLeakTracker<TrackedBuf> leak;

    /**
     * A buffer without a record.
     *
     * @param allocator where memory comes from if a handler sets the capacity
     * @param memory its bytes, from position to limit
     */
    protected TrackedBuf(ByteBufAllocator allocator, ByteBuffer memory) {
        super(allocator, memory, memory.remaining());
    }

    /** Begins the record. */
    protected final void track() {
        leak = DETECTOR.trackForcibly(this);
    }

    /** Begins the record if the sampling of Netty's detector says so. Any thread. */
    protected final void trackSampled() {
        leak = DETECTOR.track(this);
    }

    /** Ends the record, if there is one: what is released is no leak. To be called by {@link #deallocate()}. */
    protected final void closeTrack() {
        if (leak != null) {
            leak.close(this);
        }
    }

    private void record() {
        if (leak != null && LeakSampler.isRecording()) {
            leak.record();
        }
    }

    @Override
    public final ByteBuf touch() {
        record();
        return this;
    }

    @Override
    public final ByteBuf touch(Object hint) {
        if (leak != null && LeakSampler.isRecording()) {
            leak.record(hint);
        }
        return this;
    }

    @Override
    public final ByteBuf retain() {
        record();
        return super.retain();
    }

    @Override
    public final ByteBuf retain(int increment) {
        record();
        return super.retain(increment);
    }

    @Override
    public final boolean release() {
        record();
        return super.release();
    }

    @Override
    public final boolean release(int decrement) {
        record();
        return super.release(decrement);
    }
}
