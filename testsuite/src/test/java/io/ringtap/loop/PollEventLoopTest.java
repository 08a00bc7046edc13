/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.loop;

import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoEvent;
import io.netty.channel.IoRegistration;
import io.netty.channel.ManualIoEventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.concurrent.AutoScalingEventExecutorChooserFactory;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.ScheduledFuture;
import io.ringtap.testsuite.system.DescriptorPair;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.StreamSupport;

import static io.ringtap.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Groups and loops of {@link PollIoHandler}, after Netty's AbstractSingleThreadEventLoopTest and others. */
@Timeout(30)
class PollEventLoopTest {
    private static final Runnable NOOP = () -> { };
    private static final int MAX_THREADS = 2;

    private EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, PollIoHandler.newFactory());

    @AfterEach
    void close() throws Exception {
        assertThat(group.shutdownGracefully(0, 5, TimeUnit.SECONDS).await(10_000)).isTrue();
    }

    @Test
    void shutsDownBeforeItHasStarted() throws Exception {
        assertThat(group.awaitTermination(2, TimeUnit.MILLISECONDS)).isFalse();
        assertThat(group.shutdownGracefully(0, 2, TimeUnit.SECONDS).await(5_000)).isTrue();
    }

    @Test
    void shutsDownWithAQuietPeriod() throws Exception {
        EventLoop loop = group.next();
        loop.submit(NOOP).sync();
        long start = System.nanoTime();

        loop.shutdownGracefully(200, 3_000, TimeUnit.MILLISECONDS);

        assertThat(loop.awaitTermination(5, TimeUnit.SECONDS)).isTrue();
        assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(200));
        assertThatThrownBy(() -> loop.execute(NOOP)).isInstanceOf(RejectedExecutionException.class);
    }

    @Test
    void tasksAreScheduledAndCancelled() throws Exception {
        List<ScheduledFuture<?>> tasks = new ArrayList<>();
        Random random = new Random(1);
        EventLoop loop = group.next();
        for (int i = 0; i < 3_000; i++) {
            tasks.add(loop.scheduleAtFixedRate(NOOP, 1, 1, TimeUnit.MILLISECONDS));
            if (tasks.size() > 500) {
                tasks.get(random.nextInt(tasks.size())).cancel(false);
            }
        }
        for (ScheduledFuture<?> task : tasks) {
            task.cancel(false);
        }
        for (ScheduledFuture<?> task : tasks) {
            task.await();
            assertThat(task.isCancelled()).isTrue();
        }
    }

    @Test
    void aGroupThatScalesSuspendsLoopsAndWakesThem() throws Exception {
        EventLoopGroup scaling = new MultiThreadIoEventLoopGroup(MAX_THREADS, (Executor) null,
            new AutoScalingEventExecutorChooserFactory(1, MAX_THREADS, 50, TimeUnit.MILLISECONDS, 0.2, 0.9,
                MAX_THREADS, MAX_THREADS, 1), PollIoHandler.newFactory());
        try {
            CountDownLatch started = new CountDownLatch(MAX_THREADS);
            for (EventExecutor executor : scaling) {
                executor.execute(started::countDown);
            }
            assertThat(started.await(5, TimeUnit.SECONDS)).isTrue();
            await("a loop is suspended", () -> !suspended(scaling).isEmpty());

            EventExecutor asleep = suspended(scaling).get(0);
            asleep.submit(NOOP).sync();
            asleep.submit(NOOP).sync();
        } finally {
            scaling.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
        }
    }

    private static List<EventExecutor> suspended(EventLoopGroup group) {
        return StreamSupport.stream(group.spliterator(), false).filter(EventExecutor::isSuspended).toList();
    }

    @Test
    void runsByHand() throws Exception {
        ManualIoEventLoop loop = new ManualIoEventLoop(Thread.currentThread(), PollIoHandler.newFactory());
        AtomicInteger bytes = new AtomicInteger();
        AtomicInteger closed = new AtomicInteger();
        try (DescriptorPair pipe = DescriptorPair.pipe()) {
            loop.register(new PollIoHandle() {
                @Override
                public int fd() {
                    return pipe.first();
                }

                @Override
                public void handle(IoRegistration registration, IoEvent ioEvent) {
                    bytes.addAndGet(pipe.drain(pipe.first()));
                }

                @Override
                public void close() {
                    closed.incrementAndGet();
                }
            }).get().submit(PollIoOps.POLLIN);
            assertThat(loop.runNow()).isZero();
            pipe.write(pipe.second());
            assertThat(loop.runNow()).isOne();
            assertThat(bytes).hasValue(1);

            AtomicInteger ran = new AtomicInteger();
            Thread other = new Thread(() -> loop.execute(ran::incrementAndGet));
            other.start();
            while (ran.get() == 0) {
                loop.run(TimeUnit.SECONDS.toNanos(10), 0);
            }
            other.join();
            Thread writer = new Thread(() -> pipe.write(pipe.second()));
            writer.start();
            assertThat(loop.run(0, 0)).isOne();
            writer.join();
            long start = System.nanoTime();
            assertThat(loop.run(TimeUnit.MILLISECONDS.toNanos(3), 0)).isZero();
            assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(3));

            loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
            while (!loop.isTerminated()) {
                loop.runNow();
            }
            assertThat(closed).hasValue(1);
        }
    }
}
