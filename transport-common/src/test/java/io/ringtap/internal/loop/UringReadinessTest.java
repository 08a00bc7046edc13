/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.loop;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoOps;
import io.netty.channel.IoRegistration;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringIoHandler;
import io.ringtap.internal.unix.NativeMemory;
import io.ringtap.internal.unix.SystemCalls;
import io.ringtap.loop.Readiness;
import org.junit.jupiter.api.Test;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** A descriptor on an io_uring loop, when the loop or a listener fails. */
class UringReadinessTest {
    /** A loop whose queue is full for the first operations. */
    private static final class FullQueue implements IoRegistration {
        private int refusals;
        private int submitted;
        private boolean cancelled;

        FullQueue(int refusals) {
            this.refusals = refusals;
        }

        @Override
        public <T> T attachment() {
            return null;
        }

        @Override
        public long submit(IoOps ops) {
            if (refusals-- > 0) {
                throw new IllegalStateException("SQ ring full");
            }
            submitted++;
            return 1;
        }

        @Override
        public boolean isValid() {
            return !cancelled;
        }

        @Override
        public boolean cancel() {
            cancelled = true;
            return true;
        }
    }

    private static class Listener implements Readiness.Listener {
        @Override
        public void readable() {
        }

        @Override
        public void writable() {
        }

        @Override
        public void failed() {
        }

        @Override
        public void loopClosing() {
        }
    }

    @Test
    void aRegistrationThatCannotBeginIsTakenBack() {
        FullQueue queue = new FullQueue(1);
        UringReadiness readiness = new UringReadiness(1, new Listener());
        assertThatThrownBy(() -> readiness.start(queue)).hasMessage("SQ ring full");
        assertThat(queue.cancelled).isTrue();
    }

    @Test
    void whatTheQueueHadNoRoomForIsSubmittedLater() throws Exception {
        FullQueue queue = new FullQueue(0);
        UringReadiness readiness = new UringReadiness(1, new Listener());
        readiness.start(queue);
        assertThat(queue.submitted).as("the poll for errors").isEqualTo(1);
        queue.refusals = 1;
        assertThatThrownBy(() -> readiness.want(true, false)).hasMessage("SQ ring full");
        readiness.want(true, true);
        assertThat(queue.submitted).as("the polls for reading and for writing, too").isEqualTo(3);
    }

    /** Netty counts an operation as completed only when its handle returns. */
    @Test
    void aListenerThatThrowsDoesNotKeepTheRegistrationFromEnding() throws Exception {
        assumeTrue(IoUring.isAvailable(), () -> "no io_uring: " + IoUring.unavailabilityCause());
        NativeMemory ends = NativeMemory.allocate(2 * Integer.BYTES);
        SystemCalls.check("pipe", SystemCalls.pipe(ends));
        int from = ends.buffer().getInt(0);
        int to = ends.buffer().getInt(Integer.BYTES);
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, IoUringIoHandler.newFactory());
        try {
            CountDownLatch twice = new CountDownLatch(2);
            AtomicInteger calls = new AtomicInteger();
            IoEventLoop loop = (IoEventLoop) group.next();
            Readiness readiness = loop.submit(() -> {
                Readiness registered = UringReadiness.ADAPTER.register(loop, from, new Listener() {
                    @Override
                    public void readable() {
                        twice.countDown();
                        if (calls.incrementAndGet() == 1) {
                            throw new IllegalStateException("of this test");
                        }
                    }
                });
                registered.want(true, false);
                return registered;
            }).get();
            SystemCalls.write(to, ends.address(), 1);
            assertThat(twice.await(10, TimeUnit.SECONDS)).as("it hears of what is there still").isTrue();
            CountDownLatch released = new CountDownLatch(1);
            loop.submit(() -> {
                readiness.cancel();
                if (readiness.whenReleased() == null) {
                    released.countDown();
                } else {
                    readiness.whenReleased().execute(released::countDown);
                }
            }).get();
            assertThat(released.await(10, TimeUnit.SECONDS)).as("the kernel has let go").isTrue();
        } finally {
            group.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
            SystemCalls.close(from);
            SystemCalls.close(to);
        }
    }
}
