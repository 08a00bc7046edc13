/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.loop;

import io.netty.channel.IoEventLoop;
import io.netty.util.concurrent.Future;
import io.ringtap.testsuite.LoopTurns;
import org.junit.jupiter.api.Test;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import static org.assertj.core.api.Assertions.assertThat;

/** Tasks and timers of a loop with the handler, after the event loop tests of Netty's transports. */
class PollLoopTasksTest extends PollLoops {
    @Test
    void allTasksRun() throws Exception {
        IoEventLoop loop = newLoop();
        for (int i = 0; i < 4; i++) {
            loop.submit(NOOP).sync();
        }
    }

    /** If a wake-up is lost, the loop stays asleep and the test times out. */
    @Test
    void noWakeUpIsLost() throws Exception {
        IoEventLoop loop = newLoop();
        Thread[] threads = new Thread[3];
        AtomicInteger done = new AtomicInteger();
        for (int i = 0; i < threads.length; i++) {
            threads[i] = new Thread(() -> {
                for (int task = 0; task < 5_000; task++) {
                    loop.submit(NOOP).awaitUninterruptibly();
                    done.incrementAndGet();
                }
            });
            threads[i].start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(done).hasValue(threads.length * 5_000);
    }

    @Test
    void scheduledTasksRunNotBeforeTheirTime() throws Exception {
        IoEventLoop loop = newLoop();
        for (long micros : new long[] {50, 300, 1_700, 20_000}) {
            long start = System.nanoTime();
            long ran = loop.schedule(System::nanoTime, micros, TimeUnit.MICROSECONDS).get();
            assertThat(ran - start).isGreaterThanOrEqualTo(TimeUnit.MICROSECONDS.toNanos(micros));
        }
    }

    @Test
    void aBigDelayDoesNotOverflow() throws Exception {
        IoEventLoop loop = newLoop();
        Future<?> future = loop.schedule(NOOP, Long.MAX_VALUE, TimeUnit.MILLISECONDS);
        LoopTurns.assertRests(loop);
        assertThat(future.isDone()).isFalse();
        assertThat(future.cancel(true)).isTrue();
    }

    @Test
    void anInterruptNeitherStopsNorSpinsIt() throws Exception {
        IoEventLoop loop = newLoop();
        loop.submit(() -> Thread.currentThread().interrupt()).sync();
        CountDownLatch latch = new CountDownLatch(2);
        loop.submit(latch::countDown).sync();
        LoopTurns.assertRests(loop);
        loop.schedule(latch::countDown, 1, TimeUnit.MILLISECONDS).sync();
        assertThat(latch.getCount()).isZero();
    }
}
