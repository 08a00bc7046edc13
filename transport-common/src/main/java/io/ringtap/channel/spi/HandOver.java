/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel.spi;

import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.FastThreadLocal;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.FutureListener;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.SingleThreadEventExecutor;

import java.nio.channels.ClosedChannelException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * Which event loop a channel belongs to, and when it may go to the next one. Netty lets a channel be deregistered,
 * registered elsewhere and closed by several threads at once; here these come in an order, so that all of one channel
 * happens on one event loop at a time:
 *
 * <ul>
 * <li>An event loop that was left keeps the channel until its last operation on the channel's memory has completed.
 * Whatever comes next, a registration or the end of the device, waits for that.
 * <li>A close runs on the event loop that the channel has {@linkplain #arrive arrived} at last. Whoever finds itself on
 * another one has to pass the close on.
 * <li>Once a close has {@linkplain #beginClose begun}, the channel arrives nowhere any more.
 * </ul>
 */
final class HandOver {
    /** The other event loop needs one turn only, unless it is blocked, perhaps by this one. */
    private static final long MOMENT_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
    private static final FastThreadLocal<LastMoment> LAST_MOMENT = new FastThreadLocal<>();

    /** The time that an event loop which shuts down waits for all channels that were to arrive at it. */
    private record LastMoment(EventLoop loop, long endsAt) {
        static long nanosLeft(EventLoop loop) {
            long now = System.nanoTime();
            LastMoment moment = LAST_MOMENT.get();
            if (moment == null || moment.loop != loop) {
                moment = new LastMoment(loop, now + MOMENT_NANOS);
                LAST_MOMENT.set(moment);
            }
            return Math.max(0, moment.endsAt - now);
        }
    }

    private final AbstractFrameChannel channel;
    /** The event loop that the channel arrived at last; under the lock. */
    private EventLoop owner;
    /** Written under the lock, once. */
    private volatile boolean closing;
    /** Done when the previous event loop has released the channel. */
    private volatile Future<Void> letGo = ImmediateEventExecutor.INSTANCE.newSucceededFuture(null);

    HandOver(AbstractFrameChannel channel) {
        this.channel = channel;
    }

    /**
     * Has the channel arrive at an event loop, once the one that it has left lets go of it. On the loop that it comes
     * to.
     *
     * @param promise fails if the channel closes before, or the event loop ends
     * @param arrived run on the event loop when it may serve the channel
     */
    void arrive(EventLoop loop, ChannelPromise promise, Runnable arrived) {
        if (!own(loop)) {
            failOnceClosed(promise);
        } else if (isFree()) {
            arrived.run();
        } else {
            Runnable ended = () -> {
                awaitFree(loop);
                promise.tryFailure(new RejectedExecutionException(loop + " shuts down"));
            };
            addShutdownHook(loop, ended);
            whenFree(() -> {
                removeShutdownHook(loop, ended);
                if (closing) {
                    failOnceClosed(promise);
                } else if (!loop.inEventLoop()) {
                    // Netty closes a channel that it cannot register, but is not notified on a loop that has ended.
                    promise.tryFailure(new RejectedExecutionException(loop + " has ended"));
                    channel.unsafe().close(channel.newPromise());
                } else if (!promise.isDone()) {
                    arrived.run();
                }
            });
        }
    }

    /**
     * Waits a short time for the previous event loop to release the channel: Netty treats the channel as closed once
     * its registration has failed, so its device should be closed by then. The time is one for all channels of the
     * event loop, so that many of them do not delay its end. On an event loop that shuts down.
     */
    private void awaitFree(EventLoop loop) {
        CountDownLatch free = new CountDownLatch(1);
        letGo.addListener(done -> free.countDown());
        try {
            free.await(LastMoment.nanosLeft(loop), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized boolean own(EventLoop loop) {
        if (closing) {
            return false;
        }
        owner = loop;
        return true;
    }

    /** Fails after the device is closed, as Netty treats a channel whose registration has failed as closed. */
    private void failOnceClosed(ChannelPromise promise) {
        channel.closeFuture().addListener(done -> run(channel.eventLoop(),
            () -> promise.tryFailure(new ClosedChannelException())));
    }

    /**
     * Begins a close, if this is the thread for it.
     *
     * @return {@code null} if so, or the event loop that has to do it
     */
    synchronized EventLoop beginClose() {
        if (owner != null && !owner.inEventLoop() && !owner.isShutdown()) {
            return owner;
        }
        closing = true;
        return null;
    }

    /** Whether a close has begun. Any thread. */
    boolean isClosing() {
        return closing;
    }

    /**
     * The channel is no longer served by an event loop. On that loop.
     *
     * @param busy runs a task once the loop has let go; {@code null} if it has already
     */
    void leave(EventLoop loop, Executor busy) {
        if (busy == null) {
            return;
        }
        Promise<Void> done = ImmediateEventExecutor.INSTANCE.newPromise();
        letGo = done;
        // A loop that ends completes nothing any more, and holds nothing either.
        FutureListener<Object> ended = end -> done.trySuccess(null);
        busy.execute(() -> done.trySuccess(null));
        if (!done.isDone()) {
            addListener(loop.terminationFuture(), ended);
            done.addListener(free -> removeListener(loop.terminationFuture(), ended));
        }
    }

    @SuppressWarnings("unchecked")
    private static void addListener(Future<?> future, FutureListener<Object> listener) {
        ((Future<Object>) future).addListener(listener);
    }

    @SuppressWarnings("unchecked")
    private static void removeListener(Future<?> future, FutureListener<Object> listener) {
        ((Future<Object>) future).removeListener(listener);
    }

    /** Whether no event loop that was left still has operations of the channel under way. */
    boolean isFree() {
        return letGo.isDone();
    }

    /**
     * Runs a task once the channel {@linkplain #isFree is free}: at once, or later on the event loop that the channel
     * then has. If that loop has ended, the task runs on the thread that completes the release. There is no order among
     * tasks: one that comes when the channel is free runs before those that are still on their way to the event loop.
     * None is needed, as a registration whose turn comes after a close has begun fails.
     */
    void whenFree(Runnable task) {
        Future<Void> held = letGo;
        if (held.isDone()) {
            task.run();
        } else {
            held.addListener(free -> run(channel.eventLoop(), task));
        }
    }

    /** Runs a task on an event loop, or here if that has ended. */
    static void run(EventLoop loop, Runnable task) {
        if (!loop.inEventLoop()) {
            try {
                loop.execute(task);
                return;
            } catch (RejectedExecutionException ended) {
                // No other thread will run the task.
            }
        }
        task.run();
    }

    /**
     * Makes an event loop run a task when it shuts down, on its thread and while it still takes tasks. It notifies its
     * handles only if it runs once more, which is not certain without a quiet period.
     */
    static void addShutdownHook(EventLoop loop, Runnable task) {
        if (loop instanceof SingleThreadEventExecutor executor && loop.inEventLoop()) {
            executor.addShutdownHook(task);
        }
    }

    /** Undoes {@link #addShutdownHook}. */
    static void removeShutdownHook(EventLoop loop, Runnable task) {
        if (loop instanceof SingleThreadEventExecutor executor && loop.inEventLoop()) {
            executor.removeShutdownHook(task);
        }
    }
}
