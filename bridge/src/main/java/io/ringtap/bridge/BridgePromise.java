/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.netty.util.concurrent.BlockingOperationException;
import io.netty.util.concurrent.DefaultPromise;
import io.netty.util.concurrent.ImmediateEventExecutor;

import java.util.function.BooleanSupplier;

/**
 * What a bridge promises to its user. It belongs to no event loop, so its listeners run where it is completed. To wait
 * for it on a thread that has to complete it is refused, as Netty refuses that for the futures of a channel.
 */
final class BridgePromise<V> extends DefaultPromise<V> {
    private final BooleanSupplier mustNotWait;

    /**
     * Of something that is not done yet.
     *
     * @param mustNotWait whether the thread that calls it is one that this promise depends on
     */
    BridgePromise(BooleanSupplier mustNotWait) {
        super(ImmediateEventExecutor.INSTANCE);
        this.mustNotWait = mustNotWait;
    }

    @Override
    protected void checkDeadLock() {
        if (mustNotWait.getAsBoolean()) {
            throw new BlockingOperationException("the bridge needs " + Thread.currentThread().getName()
                + " to go on, which must not wait for it: add a listener instead");
        }
    }
}
