/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.loop;

import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.SingleThreadIoEventLoop;
import io.netty.util.concurrent.Future;
import io.ringtap.testsuite.system.DescriptorPair;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

import static io.ringtap.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

/** Shutdown, suspension and load of a loop with the handler, after the event loop tests of Netty's transports. */
class PollLoopLifecycleTest extends PollLoops {
    @Test
    void tasksAreRejectedOnceItIsShutDown() throws Exception {
        for (int i = 0; i < 100; i++) {
            IoEventLoop loop = newLoop();
            AtomicReference<Throwable> error = new AtomicReference<>();
            Thread thread = new Thread(() -> {
                try {
                    while (true) {
                        loop.execute(NOOP);
                    }
                } catch (Throwable cause) {
                    error.set(cause);
                }
            });
            thread.start();
            loop.shutdownGracefully(0, 0, TimeUnit.NANOSECONDS);
            thread.join();
            loop.terminationFuture().sync();
            assertThat(error.get()).isInstanceOf(RejectedExecutionException.class);
        }
    }

    @RepeatedTest(50)
    void shutsDownNotSoGracefully() throws Exception {
        IoEventLoop loop = newLoop();
        CountDownLatch latch = new CountDownLatch(1);
        loop.submit(latch::countDown);
        assertThat(latch.await(5, TimeUnit.SECONDS)).isTrue();
        assertThat(loop.shutdownGracefully(0, 0, TimeUnit.NANOSECONDS).await(1_500)).isTrue();
    }

    @Test
    void shutsDownWithWhatIsRegistered() throws Exception {
        IoEventLoop loop = newLoop();
        PipeHandle handle = new PipeHandle(pipe());
        loop.register(handle).get().submit(PollIoOps.POLLIN);

        Future<?> future = loop.shutdownGracefully(0, 1, TimeUnit.MINUTES);

        assertThat(loop.awaitTermination(5, TimeUnit.SECONDS)).isTrue();
        assertThat(future.syncUninterruptibly().isSuccess()).isTrue();
        assertThat(loop.isShutdown()).isTrue();
        assertThat(loop.isTerminated()).isTrue();
        assertThat(handle.closed).hasValue(1);
        assertThat(handle.unregistered).hasValue(1);
    }

    /** A loop may be suspended while nothing is registered, and continues on another thread. */
    @Test
    void goesOnInAnotherThreadOnceSuspended() throws Exception {
        assertThat(PollIoHandler.newFactory().isChangingThreadSupported()).isTrue();
        LinkedBlockingQueue<Thread> threads = new LinkedBlockingQueue<>();
        IoEventLoop loop = new SingleThreadIoEventLoop(null, task -> {
            Thread thread = new Thread(task);
            threads.add(thread);
            return thread;
        }, PollIoHandler.newFactory());
        groups.add(loop);
        PipeHandle handle = new PipeHandle(pipe());
        IoRegistration registration = loop.register(handle).get();
        Thread first = threads.take();
        assertThat(loop.trySuspend()).isTrue();
        registration.submit(PollIoOps.POLLIN);
        handle.pipe.write(handle.pipe.second());
        await("handled as long as something is registered", () -> handle.bytes.get() == 1);
        assertThat(first.isAlive()).isTrue();
        assertThat(registration.cancel()).isTrue();
        first.join();
        assertThat(loop.isSuspended()).isTrue();

        IoRegistration again = loop.register(handle).get();
        assertThat(threads.take()).isNotSameAs(first);
        again.submit(PollIoOps.POLLIN);
        handle.pipe.write(handle.pipe.second());
        await("handled by the second thread", () -> handle.bytes.get() == 2);
    }

    /** Several threads register, submit and cancel while the loop runs. Every handle is closed once. */
    @Test
    void registrationsComeAndGoFromOtherThreads() throws Exception {
        IoEventLoop loop = newLoop();
        ConcurrentLinkedQueue<PipeHandle> handles = new ConcurrentLinkedQueue<>();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        AtomicBoolean writing = new AtomicBoolean(true);
        List<DescriptorPair> shared = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            shared.add(pipe());
        }
        Thread writer = new Thread(() -> {
            while (writing.get()) {
                shared.forEach(pipe -> pipe.write(pipe.second()));
                Thread.yield();
            }
        });
        writer.start();
        Thread[] threads = new Thread[4];
        for (int i = 0; i < threads.length; i++) {
            int number = i;
            threads[i] = new Thread(() -> {
                try {
                    for (int round = 0; round < 300; round++) {
                        PipeHandle handle = new PipeHandle(shared.get((number * 300 + round) % shared.size()));
                        handles.add(handle);
                        IoRegistration registration = loop.register(handle).get();
                        registration.submit(PollIoOps.POLLIN);
                        if (round % 3 == 0) {
                            loop.submit(NOOP).sync();
                        }
                        registration.submit(round % 2 == 0 ? PollIoOps.NONE : PollIoOps.POLLIN);
                        assertThat(registration.cancel()).isTrue();
                    }
                } catch (Throwable cause) {
                    failure.set(cause);
                }
            });
            threads[i].start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        writing.set(false);
        writer.join();
        loop.submit(NOOP).sync();
        assertThat(failure.get()).isNull();
        assertThat(handles).hasSize(threads.length * 300)
            .allSatisfy(handle -> {
                assertThat(handle.registered).hasValue(1);
                assertThat(handle.unregistered).hasValue(1);
            });
        assertThat(handles.stream().mapToInt(handle -> handle.handled.get()).sum()).isPositive();
    }
}
