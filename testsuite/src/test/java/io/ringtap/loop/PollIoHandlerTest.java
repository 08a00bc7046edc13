/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.loop;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoOps;
import io.netty.channel.IoRegistration;
import io.netty.channel.SingleThreadIoEventLoop;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ThreadAwareExecutor;
import io.ringtap.testsuite.LoopTurns;
import io.ringtap.testsuite.system.DescriptorPair;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.File;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

import static io.ringtap.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * Tests after those that Netty has for its own handlers: SingleThreadIoEventLoopTest, NioIoHandlerTest,
 * IoUringIoHandlerTest and the event loop tests of its transports.
 */
@Timeout(30)
class PollIoHandlerTest {
    private static final Runnable NOOP = () -> { };

    private final List<DescriptorPair> pipes = new ArrayList<>();
    private final List<EventLoopGroup> groups = new ArrayList<>();

    /** A handle for one end of a pipe. It reads everything. */
    private static class PipeHandle implements PollIoHandle {
        final DescriptorPair pipe;
        final AtomicInteger handled = new AtomicInteger();
        final AtomicInteger bytes = new AtomicInteger();
        final AtomicInteger registered = new AtomicInteger();
        final AtomicInteger unregistered = new AtomicInteger();
        final AtomicInteger closed = new AtomicInteger();
        volatile PollIoOps last;

        PipeHandle(DescriptorPair pipe) {
            this.pipe = pipe;
        }

        @Override
        public int fd() {
            return pipe.first();
        }

        @Override
        public void handle(IoRegistration registration, IoEvent ioEvent) {
            last = ((PollIoEvent) ioEvent).ops();
            if (!last.contains(PollIoOps.POLLNVAL)) {
                bytes.addAndGet(pipe.drain(pipe.first()));
            }
            handled.incrementAndGet();
        }

        @Override
        public void registered() {
            registered.incrementAndGet();
        }

        @Override
        public void unregistered() {
            unregistered.incrementAndGet();
        }

        @Override
        public void close() {
            closed.incrementAndGet();
        }
    }

    /** Runs tasks on the thread that made it, when a test says so. */
    private static final class MainThread implements ThreadAwareExecutor, IoHandlerContext {
        private final Thread thread = Thread.currentThread();
        private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
        private final AtomicLong reported = new AtomicLong(-1);
        private long deadline = System.nanoTime();
        private boolean mayBlock;

        void runTasks() {
            for (Runnable task; (task = tasks.poll()) != null;) {
                task.run();
            }
        }

        @Override
        public boolean isExecutorThread(Thread other) {
            return other == thread;
        }

        @Override
        public void execute(Runnable command) {
            tasks.add(command);
        }

        @Override
        public boolean canBlock() {
            return mayBlock && tasks.isEmpty();
        }

        @Override
        public long delayNanos(long currentTimeNanos) {
            return deadline - currentTimeNanos;
        }

        @Override
        public long deadlineNanos() {
            return deadline;
        }

        @Override
        public boolean shouldReportActiveIoTime() {
            return true;
        }

        @Override
        public void reportActiveIoTime(long activeNanos) {
            reported.set(activeNanos);
        }
    }

    @AfterEach
    void close() {
        groups.forEach(group -> group.shutdownGracefully(0, 5, TimeUnit.SECONDS));
        groups.forEach(group -> assertThat(group.terminationFuture().awaitUninterruptibly(10_000)).isTrue());
        pipes.forEach(DescriptorPair::close);
    }

    private DescriptorPair pipe() throws Exception {
        pipes.add(DescriptorPair.pipe());
        return pipes.get(pipes.size() - 1);
    }

    private IoEventLoop newLoop() {
        groups.add(LoopTurns.newGroup(1, PollIoHandler.newFactory()));
        return (IoEventLoop) groups.get(groups.size() - 1).next();
    }

    @Test
    void isOfItsTypeAndNoOther() {
        IoEventLoop loop = newLoop();
        assertThat(loop.isIoType(PollIoHandler.class)).isTrue();
        assertThat(loop.isIoType(NioIoHandler.class)).isFalse();
    }

    @Test
    void isCompatibleWithItsHandles() {
        IoEventLoop loop = newLoop();
        assertThat(loop.isCompatible(PollIoHandle.class)).isTrue();
        assertThat(loop.isCompatible(PipeHandle.class)).isTrue();
        assertThat(loop.isCompatible(IoHandle.class)).isFalse();
    }

    @Test
    void refusesOtherHandlesAndOps() throws Exception {
        IoEventLoop loop = newLoop();
        IoHandle other = new IoHandle() {
            @Override
            public void handle(IoRegistration registration, IoEvent ioEvent) {
                throw new AssertionError();
            }

            @Override
            public void close() {
            }
        };
        assertThat(loop.register(other).await().cause()).isInstanceOf(IllegalArgumentException.class);
        IoRegistration registration = loop.register(new PipeHandle(pipe())).get();
        assertThatThrownBy(() -> registration.submit(new IoOps() { })).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void mayBeDestroyedWithoutHavingRun() {
        IoHandler handler = PollIoHandler.newFactory().newHandler(new MainThread());
        handler.initialize();
        handler.prepareToDestroy();
        handler.prepareToDestroy();
        handler.destroy();
    }

    @Test
    void canBeDrivenByTheMainThread() throws Exception {
        MainThread main = new MainThread();
        IoHandler handler = PollIoHandler.newFactory().newHandler(main);
        handler.initialize();
        PipeHandle handle = new PipeHandle(pipe());
        IoRegistration registration = handler.register(handle);
        assertThat(handle.registered).hasValue(1);
        registration.submit(PollIoOps.POLLIN);
        assertThat(handler.run(main)).isZero();
        assertThat(main.reported).hasValue(0);

        handle.pipe.write(handle.pipe.second());
        assertThat(handler.run(main)).isOne();
        assertThat(main.reported.get()).isPositive();
        assertThat(handle.last).isSameAs(PollIoOps.POLLIN);
        assertThat(handle.bytes).hasValue(1);
        assertThat(handler.run(main)).isZero();

        assertThat(registration.cancel()).isTrue();
        assertThat(registration.cancel()).isFalse();
        assertThat(registration.isValid()).isFalse();
        assertThat(handle.unregistered).hasValue(1);
        assertThat(registration.submit(PollIoOps.POLLIN)).isEqualTo(-1);
        handle.pipe.write(handle.pipe.second());
        assertThat(handler.run(main)).isZero();
        handler.prepareToDestroy();
        assertThat(handle.closed).hasValue(0);
        handler.destroy();
        assertThatThrownBy(() -> handler.register(handle)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void waitsAsLongAsTheContextSaysAndNoWakeUpCountsAsIo() throws Exception {
        MainThread main = new MainThread();
        IoHandler handler = PollIoHandler.newFactory().newHandler(main);
        main.mayBlock = true;
        long start = System.nanoTime();
        main.deadline = start + TimeUnit.MICROSECONDS.toNanos(2_500);
        assertThat(handler.run(main)).isZero();
        assertThat(System.nanoTime()).isGreaterThanOrEqualTo(main.deadline);

        main.deadline = -1;
        Thread waker = new Thread(() -> {
            while (main.tasks.isEmpty()) {
                handler.wakeup();
            }
        });
        waker.start();
        assertThat(handler.run(main)).isZero();
        main.execute(NOOP);
        waker.join();
        assertThat(handler.run(main)).isZero();
        handler.destroy();
    }

    /**
     * A task that comes between the check for tasks and the sleep wakes nobody up, so that the handler has to check
     * again.
     */
    @Test
    void aTaskThatComesJustBeforeTheSleepIsSeen() throws Exception {
        MainThread main = new MainThread();
        IoHandler handler = PollIoHandler.newFactory().newHandler(main);
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(5);
        AtomicInteger looks = new AtomicInteger();
        IoHandlerContext context = new IoHandlerContext() {
            @Override
            public boolean canBlock() {
                if (looks.getAndIncrement() > 0) {
                    return false;
                }
                Thread other = new Thread(handler::wakeup);
                other.start();
                try {
                    other.join();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
                return true;
            }

            @Override
            public long delayNanos(long currentTimeNanos) {
                return deadline - currentTimeNanos;
            }

            @Override
            public long deadlineNanos() {
                return deadline;
            }
        };

        assertThat(handler.run(context)).isZero();

        assertThat(looks).hasValue(2);
        assertThat(System.nanoTime() - deadline).as("slept until the deadline").isNegative();
        handler.destroy();
    }

    @Test
    void submitAndCancelAreForAnyThread() throws Exception {
        MainThread main = new MainThread();
        IoHandler handler = PollIoHandler.newFactory().newHandler(main);
        PipeHandle handle = new PipeHandle(pipe());
        handle.pipe.write(handle.pipe.second());
        IoRegistration registration = handler.register(handle);
        Thread other = new Thread(() -> registration.submit(PollIoOps.POLLIN));
        other.start();
        other.join();
        assertThat(handler.run(main)).isZero();
        main.runTasks();
        assertThat(handler.run(main)).isOne();

        handle.pipe.write(handle.pipe.second());
        Thread canceller = new Thread(registration::cancel);
        canceller.start();
        canceller.join();
        assertThat(registration.isValid()).isFalse();
        assertThat(handler.run(main)).as("cancelled, though not removed yet").isZero();
        assertThat(handle.unregistered).hasValue(0);
        main.runTasks();
        assertThat(handle.unregistered).hasValue(1);
        assertThat(handle.handled).hasValue(1);
        handler.destroy();
    }

    @Test
    void noneTakesTheDescriptorOut() throws Exception {
        MainThread main = new MainThread();
        IoHandler handler = PollIoHandler.newFactory().newHandler(main);
        PipeHandle handle = new PipeHandle(pipe());
        IoRegistration registration = handler.register(handle);
        handle.pipe.closeSecond();
        assertThat(handler.run(main)).as("nothing was submitted").isZero();
        registration.submit(PollIoOps.POLLERR);
        assertThat(handler.run(main)).isOne();
        assertThat(handle.last).isSameAs(PollIoOps.POLLHUP);
        registration.submit(PollIoOps.NONE);
        assertThat(handler.run(main)).isZero();
        handler.destroy();
        assertThat(handle.closed).hasValue(1);
        assertThat(handle.unregistered).hasValue(1);
    }

    @Test
    void aDescriptorThatWasClosedUnderItIsToldOnce() throws Exception {
        MainThread main = new MainThread();
        IoHandler handler = PollIoHandler.newFactory().newHandler(main);
        // A number that no other thread can get in between.
        int unused = 999_999;
        PipeHandle handle = new PipeHandle(pipe()) {
            @Override
            public int fd() {
                return unused;
            }
        };
        IoRegistration registration = handler.register(handle);
        registration.submit(PollIoOps.POLLIN);
        assertThat(handler.run(main)).isOne();
        assertThat(handle.last).isSameAs(PollIoOps.POLLNVAL);
        assertThat(handler.run(main)).isZero();
        assertThat(registration.isValid()).isTrue();
        handler.destroy();
    }

    @Test
    void aHandleThatThrowsHoldsUpNoOther() throws Exception {
        MainThread main = new MainThread();
        IoHandler handler = PollIoHandler.newFactory().newHandler(main);
        List<PipeHandle> handles = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            boolean throwing = i == 1;
            PipeHandle handle = new PipeHandle(pipe()) {
                @Override
                public void handle(IoRegistration registration, IoEvent ioEvent) {
                    super.handle(registration, ioEvent);
                    if (throwing) {
                        throw new IllegalStateException("thrown on purpose");
                    }
                }
            };
            handles.add(handle);
            handler.register(handle).submit(PollIoOps.POLLIN);
            handle.pipe.write(handle.pipe.second());
        }
        assertThat(handler.run(main)).isEqualTo(3);
        assertThat(handles).allSatisfy(handle -> assertThat(handle.bytes).hasValue(1));
        handler.destroy();
    }

    @Test
    void destroyedItHoldsNoDescriptorAndTakesLateWakeUps() {
        int before = openDescriptors();
        for (int i = 0; i < 50; i++) {
            MainThread main = new MainThread();
            IoHandler handler = PollIoHandler.newFactory().newHandler(main);
            handler.run(main);
            handler.prepareToDestroy();
            handler.destroy();
            handler.destroy();
            handler.wakeup();
        }
        assertThat(openDescriptors()).isLessThan(before + 50);
    }

    private static int openDescriptors() {
        return new File("/proc/self/fd").list().length;
    }

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
