/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.concurrent.Promise;

import java.util.Collection;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/** Many futures as one. */
final class AllDone {
    private AllDone() {
    }

    /** Done when all are, with the first failure if there is one. */
    static Future<Void> of(Collection<? extends Future<?>> futures) {
        Promise<Void> all = ImmediateEventExecutor.INSTANCE.newPromise();
        AtomicInteger left = new AtomicInteger(futures.size() + 1);
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Runnable one = () -> {
            if (left.decrementAndGet() == 0) {
                if (failure.get() == null) {
                    all.setSuccess(null);
                } else {
                    all.setFailure(failure.get());
                }
            }
        };
        for (Future<?> future : futures) {
            LoopTasks.whenDone(future, done -> {
                if (!done.isSuccess()) {
                    failure.compareAndSet(null, done.cause());
                }
                one.run();
            });
        }
        one.run();
        return all;
    }
}
