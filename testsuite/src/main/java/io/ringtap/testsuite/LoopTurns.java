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
import io.netty.channel.SingleThreadIoEventLoop;
import io.netty.util.concurrent.EventExecutor;
import io.ringtap.loop.SpinningIoHandler;

import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Counts the turns of event loops: how often each has looked for I/O events. A loop that waits goes round when
 * something wakes it up; one that spins goes round as often as it can. The count says which it is without a look at the
 * clock or at the time that a processor was used for, so that no other load of the machine changes the answer.
 */
public final class LoopTurns {
    /** For how long {@link #assertRests} counts. */
    private static final long PERIOD_MILLIS = 100;
    /** More than a loop makes in that time for a few tasks; one that goes on and on makes ten thousands. */
    private static final long MOST = 500;
    /**
     * The same of a loop that looks for events without waiting for a tenth of a millisecond after each task. On a busy
     * machine it may be less than this though it never rests; the loop of the same kind that waits tells then.
     */
    private static final long MOST_OF_SPINNING = 20_000;
    /** What a loop has been told of by the kernel, or by tasks that others submitted, is done after so many turns. */
    private static final int SETTLED = 20;

    private LoopTurns() {
    }

    /** Makes a group of event loops that count, which the caller shuts down. */
    public static MultiThreadIoEventLoopGroup newGroup(int loops, IoHandlerFactory handlers) {
        return new CountingGroup(loops, handlers);
    }

    /**
     * Lets a loop go round a few times. It does the tasks that it has been given and hears of the events that are there
     * now; what it starts meanwhile, and completes at once, is done as well.
     */
    public static void settle(EventLoop loop) throws InterruptedException {
        for (int turn = 0; turn < SETTLED; turn++) {
            loop.submit(() -> { }).sync();
        }
    }

    /** {@link #settle(EventLoop)} for each loop of a group. */
    public static void settle(EventLoopGroup group) throws InterruptedException {
        for (EventExecutor loop : group) {
            settle((EventLoop) loop);
        }
    }

    /**
     * Fails if a loop of the group goes on and on though it has nothing to do.
     *
     * @param group made by {@link #newGroup}
     */
    public static void assertRest(EventLoopGroup group) throws Exception {
        for (EventExecutor loop : group) {
            assertRests((EventLoop) loop);
        }
    }

    /**
     * Fails if the loop goes on and on though it has nothing to do.
     *
     * @param loop of a group made by {@link #newGroup}
     */
    public static void assertRests(EventLoop loop) throws Exception {
        CountingLoop counting = (CountingLoop) loop;
        long before = loop.submit(() -> counting.turns).get();
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
        /** Written and read by the loop's thread. */
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
