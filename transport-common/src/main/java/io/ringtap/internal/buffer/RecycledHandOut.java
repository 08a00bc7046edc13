/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.buffer;

/**
 * One hand-out of a {@link RecycledBuf}, with a leak record: an object of its own over the same memory, with a
 * reference count of its own, so that the garbage collector finds it when it is forgotten, and that what is released
 * stays so when the memory is handed out again.
 */
final class RecycledHandOut extends TrackedBuf {
    private final RecycledBuf origin;

    RecycledHandOut(RecycledBuf origin) {
        super(origin.alloc(), origin.nioBuffer(0, origin.capacity()));
        setIndex(origin.readerIndex(), origin.writerIndex());
        this.origin = origin;
        track();
    }

    @Override
    protected void deallocate() {
        try {
            super.deallocate();
            closeTrack();
        } finally {
            origin.release();
        }
    }
}
