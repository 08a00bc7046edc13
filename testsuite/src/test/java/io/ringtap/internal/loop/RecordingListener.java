/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.loop;

import io.ringtap.loop.Readiness;

import java.util.concurrent.atomic.AtomicInteger;

/** Counts the events, and then does what a test has set. */
public final class RecordingListener implements Readiness.Listener {
    public final AtomicInteger readable = new AtomicInteger();
    public final AtomicInteger writable = new AtomicInteger();
    public final AtomicInteger failed = new AtomicInteger();
    public final AtomicInteger loopClosing = new AtomicInteger();
    public volatile Runnable onReadable = () -> { };
    public volatile Runnable onFailed = () -> { };
    public volatile Runnable onLoopClosing = () -> { };

    public int told() {
        return readable.get() + writable.get() + failed.get();
    }

    @Override
    public void readable() {
        readable.incrementAndGet();
        onReadable.run();
    }

    @Override
    public void writable() {
        writable.incrementAndGet();
    }

    @Override
    public void failed() {
        failed.incrementAndGet();
        onFailed.run();
    }

    @Override
    public void loopClosing() {
        loopClosing.incrementAndGet();
        onLoopClosing.run();
    }
}
