/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.loop;

import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoOps;
import io.netty.channel.IoRegistration;
import io.netty.channel.nio.NioIoHandler;
import org.junit.jupiter.api.Test;

import java.io.File;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** The handler and its registrations, after the tests of Netty for its own handlers. */
class PollIoHandlerTest extends PollLoops {
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
}
