/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.loop;

import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.IoRegistration;
import io.netty.util.concurrent.ThreadAwareExecutor;

import java.util.concurrent.atomic.AtomicInteger;

/** Counts the runs of another handler: those that may sleep, and those that only poll. */
final class RecordingIoHandler implements IoHandler {
    private final IoHandler handler;
    private final Record runs;

    /** The counts of all handlers of a factory. */
    static final class Record {
        final AtomicInteger looks = new AtomicInteger();
        final AtomicInteger sleeps = new AtomicInteger();
        final AtomicInteger awakenings = new AtomicInteger();
        final AtomicInteger wakeups = new AtomicInteger();
        final AtomicInteger destroyed = new AtomicInteger();

        boolean isAsleep() {
            return sleeps.get() > awakenings.get();
        }

        IoHandlerFactory factory(IoHandlerFactory handlers) {
            return new IoHandlerFactory() {
                @Override
                public IoHandler newHandler(ThreadAwareExecutor executor) {
                    return new RecordingIoHandler(handlers.newHandler(executor), Record.this);
                }

                @Override
                public boolean isChangingThreadSupported() {
                    return handlers.isChangingThreadSupported();
                }
            };
        }
    }

    private RecordingIoHandler(IoHandler handler, Record runs) {
        this.handler = handler;
        this.runs = runs;
    }

    @Override
    public void initialize() {
        handler.initialize();
    }

    @Override
    public int run(IoHandlerContext context) {
        if (!context.canBlock()) {
            runs.looks.incrementAndGet();
            return handler.run(context);
        }
        runs.sleeps.incrementAndGet();
        try {
            return handler.run(context);
        } finally {
            runs.awakenings.incrementAndGet();
        }
    }

    @Override
    public void prepareToDestroy() {
        handler.prepareToDestroy();
    }

    @Override
    public void destroy() {
        handler.destroy();
        runs.destroyed.incrementAndGet();
    }

    @Override
    public IoRegistration register(IoHandle handle) throws Exception {
        return handler.register(handle);
    }

    @Override
    public void wakeup() {
        runs.wakeups.incrementAndGet();
        handler.wakeup();
    }

    @Override
    public boolean isCompatible(Class<? extends IoHandle> handleType) {
        return handler.isCompatible(handleType);
    }
}
