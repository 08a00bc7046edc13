/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testsuite;

import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SingleThreadEventLoop;
import io.netty.channel.SingleThreadIoEventLoop;
import io.netty.util.concurrent.EventExecutor;
import io.ringtap.loop.SpinningIoHandler;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Counts the turns of event loops: how often each has polled for I/O events. A loop that waits makes a turn when
 * something wakes it up. A loop that spins makes as many turns as it can. The count tells them apart without measuring
 * CPU time, so that the load of the machine does not change the result.
 */
public final class LoopTurns {
    /** How long {@link #assertRests} counts. */
    private static final long PERIOD_MILLIS = 100;
    /** A loop with a few tasks makes fewer turns in that time. A loop that spins makes tens of thousands. */
    private static final long MOST = 500;
    /**
     * The same for a loop that polls without waiting for a tenth of a millisecond after each task. On a busy machine, a
     * loop that never rests may stay below this; the test with the waiting loop of the same kind then finds the fault.
     */
    private static final long MOST_OF_SPINNING = 20_000;
    /** After so many turns, a loop has handled the events and tasks that it had before. */
    static final int SETTLED = 20;
    private static final int PATIENCE_SECONDS = 60;

    private LoopTurns() {
    }

    /** Makes a group of event loops that count, which the caller shuts down. */
    public static MultiThreadIoEventLoopGroup newGroup(int loops, IoHandlerFactory handlers) {
        return new CountingGroup(loops, handlers);
    }

    /**
     * Waits for a few turns of a loop. Afterwards it has run the tasks that were submitted before and handled the
     * events that were pending, and also the operations that it started meanwhile if these completed at once.
     */
    public static void settle(EventLoop loop) throws InterruptedException {
        CountDownLatch settled = new CountDownLatch(1);
        // By a task, which starts a loop that has done nothing yet.
        loop.execute(() -> afterTurns((SingleThreadEventLoop) loop, SETTLED, settled::countDown));
        assertThat(settled.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).as("%s makes its turns", loop).isTrue();
    }

    /**
     * Tasks alone would not do: those that come while a loop runs others are run in the same turn. What a loop runs at
     * the end of a turn can only hand it a task for the next one.
     */
    private static void afterTurns(SingleThreadEventLoop loop, int turns, Runnable then) {
        loop.executeAfterEventLoopIteration(() -> {
            if (turns == 0) {
                then.run();
            } else {
                loop.execute(() -> afterTurns(loop, turns - 1, then));
            }
        });
    }

    /** How many turns a loop has made, which is of a group made by {@link #newGroup}. */
    static long turnsOf(EventLoop loop) throws Exception {
        CountingLoop counting = (CountingLoop) loop;
        return loop.submit(() -> counting.turns).get();
    }

    /** {@link #settle(EventLoop)} for each loop of a group. */
    public static void settle(EventLoopGroup group) throws InterruptedException {
        for (EventExecutor loop : group) {
            settle((EventLoop) loop);
        }
    }

    /**
     * Fails if a loop of the group spins although it has nothing to do.
     *
     * @param group made by {@link #newGroup}
     */
    public static void assertRest(EventLoopGroup group) throws Exception {
        for (EventExecutor loop : group) {
            assertRests((EventLoop) loop);
        }
    }

    /**
     * Fails if the loop spins although it has nothing to do.
     *
     * @param loop of a group made by {@link #newGroup}
     */
    public static void assertRests(EventLoop loop) throws Exception {
        CountingLoop counting = (CountingLoop) loop;
        long before = turnsOf(loop);
        long after = loop.schedule(() -> counting.turns, PERIOD_MILLIS, TimeUnit.MILLISECONDS).get();
        assertThat(after - before).as("turns of a loop that has nothing to do")
            .isLessThan(counting.isIoType(SpinningIoHandler.class) ? MOST_OF_SPINNING : MOST);
    }

    private static final class CountingGroup extends MultiThreadIoEventLoopGroup {
        CountingGroup(int loops, IoHandlerFactory handlers) {
            super(loops, handlers);
        }

        @Override
        protected IoEventLoop newChild(Executor executor, IoHandlerFactory handlers, Object... args) {
            return new CountingLoop(this, executor, handlers);
        }
    }

    private static final class CountingLoop extends SingleThreadIoEventLoop {
        /** Written and read by the event loop thread. */
        private long turns;

        CountingLoop(CountingGroup group, Executor executor, IoHandlerFactory handlers) {
            super(group, executor, handlers);
        }

        @Override
        protected int runIo() {
            turns++;
            return super.runIo();
        }
    }
}
