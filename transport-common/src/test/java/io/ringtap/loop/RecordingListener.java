/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.loop;

import java.util.concurrent.atomic.AtomicInteger;

/** Counts what it is told, and then does what a test has set. */
final class RecordingListener implements Readiness.Listener {
    final AtomicInteger readable = new AtomicInteger();
    final AtomicInteger writable = new AtomicInteger();
    final AtomicInteger failed = new AtomicInteger();
    final AtomicInteger loopClosing = new AtomicInteger();
    volatile Runnable onReadable = () -> { };
    volatile Runnable onFailed = () -> { };
    volatile Runnable onLoopClosing = () -> { };

    int told() {
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
