/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.concurrent.Promise;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * What a bridge has done on event loops, which may be busy or have ended. The futures belong to no event loop: Netty
 * does not call the listeners of a future whose event loop has ended.
 */
final class LoopTasks {
    private final long patienceMillis;

    /** For a bridge that waits so long for an event loop, and then goes on without it. */
    LoopTasks(long patienceMillis) {
        this.patienceMillis = patienceMillis;
    }

    /** Runs a task on an event loop; fails if it throws, or if the event loop has ended. */
    static Future<Void> run(EventLoop loop, Runnable task) {
        Promise<Void> done = ImmediateEventExecutor.INSTANCE.newPromise();
        try {
            loop.execute(() -> {
                try {
                    task.run();
                } catch (Throwable cause) {
                    done.setFailure(cause);
                    return;
                }
                done.setSuccess(null);
            });
        } catch (RuntimeException ended) {
            done.setFailure(ended);
        }
        return done;
    }

    /**
     * Calls a listener when a future is done that may belong to an event loop. If that has ended and the future is
     * done, as that of a registration which the event loop has refused, Netty would never call it.
     */
    static void whenDone(Future<?> future, Consumer<Future<?>> listener) {
        AtomicBoolean called = new AtomicBoolean();
        Runnable once = () -> {
            if (called.compareAndSet(false, true)) {
                listener.accept(future);
            }
        };
        if (!future.isDone()) {
            future.addListener(done -> once.run());
        }
        if (future.isDone()) {
            once.run();
        }
    }

    /** Closes a channel; done when it is closed, which it is too if its event loop has ended. */
    static Future<Void> close(Channel channel) {
        Promise<Void> closed = ImmediateEventExecutor.INSTANCE.newPromise();
        run(channel.eventLoop(), () -> channel.close().addListener(end -> closed.setSuccess(null)))
            .addListener(begun -> {
                if (!begun.isSuccess()) {
                    closed.setSuccess(null);
                }
            });
        return closed;
    }

    /**
     * What is done with a task of a port, or fails when the bridge has lost its patience with the port's event loop;
     * the task may be done later then. A port whose channel has closed needs nothing.
     */
    Future<Void> of(BridgePort port, Channel channel, Future<Void> task) {
        if (task.isSuccess()) {
            return task;
        }
        Promise<Void> settled = ImmediateEventExecutor.INSTANCE.newPromise();
        Future<?> patience = GlobalEventExecutor.INSTANCE.schedule(() -> settled.tryFailure(new IOException(
            "the event loop of port " + port + " did not answer for " + patienceMillis
                + " ms: a handler keeps it busy, " + channel.eventLoop())), patienceMillis, TimeUnit.MILLISECONDS);
        task.addListener(done -> {
            patience.cancel(false);
            if (done.isSuccess() || !channel.isActive()) {
                settled.trySuccess(null);
            } else {
                settled.tryFailure(done.cause());
            }
        });
        return settled;
    }
}
