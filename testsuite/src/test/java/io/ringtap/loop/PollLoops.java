/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.loop;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoRegistration;
import io.netty.util.concurrent.ThreadAwareExecutor;
import io.ringtap.testsuite.LoopTurns;
import io.ringtap.testsuite.system.DescriptorPair;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

import static org.assertj.core.api.Assertions.assertThat;

/** Event loops with a {@link PollIoHandler}, and pipes whose ends are registered with them. */
@Timeout(30)
abstract class PollLoops {
    static final Runnable NOOP = () -> { };
    final List<DescriptorPair> pipes = new ArrayList<>();
    final List<EventLoopGroup> groups = new ArrayList<>();

    /** A handle for one end of a pipe. It reads everything. */
    static class PipeHandle implements PollIoHandle {
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
    static final class MainThread implements ThreadAwareExecutor, IoHandlerContext {
        final Thread thread = Thread.currentThread();
        final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
        final AtomicLong reported = new AtomicLong(-1);
        long deadline = System.nanoTime();
        boolean mayBlock;

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

    DescriptorPair pipe() throws Exception {
        pipes.add(DescriptorPair.pipe());
        return pipes.get(pipes.size() - 1);
    }

    IoEventLoop newLoop() {
        groups.add(LoopTurns.newGroup(1, PollIoHandler.newFactory()));
        return (IoEventLoop) groups.get(groups.size() - 1).next();
    }
}
