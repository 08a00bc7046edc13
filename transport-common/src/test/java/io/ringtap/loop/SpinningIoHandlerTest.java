/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.loop;

import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.IoRegistration;
import io.netty.util.concurrent.ThreadAwareExecutor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** In which turns a {@link SpinningIoHandler} lets its inner handler sleep. */
@Timeout(30)
class SpinningIoHandlerTest {
    private static final Duration EVER = Duration.ofHours(1);
    /** A time that has passed by the next turn, or soon after. */
    private static final Duration NO_TIME = Duration.ofNanos(1);

    private final Handler within = new Handler();
    private final Context context = new Context();

    /** A handler that a test controls. */
    private static final class Handler implements IoHandler {
        private final List<String> called = new ArrayList<>();
        private int events;
        private int wakeups;
        private boolean sleeps;
        private Runnable whileRunning = () -> { };
        private IoHandlerContext given;

        @Override
        public void initialize() {
            called.add("initialize");
        }

        @Override
        public int run(IoHandlerContext context) {
            given = context;
            sleeps = context.canBlock();
            whileRunning.run();
            return events;
        }

        @Override
        public void prepareToDestroy() {
            called.add("prepareToDestroy");
        }

        @Override
        public void destroy() {
            called.add("destroy");
        }

        @Override
        public IoRegistration register(IoHandle handle) {
            called.add("register " + handle);
            return null;
        }

        @Override
        public void wakeup() {
            wakeups++;
        }

        @Override
        public boolean isCompatible(Class<? extends IoHandle> handleType) {
            return handleType == PollIoHandle.class;
        }
    }

    private static final class Context implements IoHandlerContext {
        private boolean tasks;
        private long active;

        @Override
        public boolean canBlock() {
            return !tasks;
        }

        @Override
        public long delayNanos(long currentTimeNanos) {
            return currentTimeNanos + 1;
        }

        @Override
        public long deadlineNanos() {
            return 17;
        }

        @Override
        public boolean shouldReportActiveIoTime() {
            return true;
        }

        @Override
        public void reportActiveIoTime(long activeNanos) {
            active += activeNanos;
        }
    }

    private IoHandlerFactory factory(Duration bound, boolean changesThread) {
        return SpinningIoHandler.newFactory(new IoHandlerFactory() {
            @Override
            public IoHandler newHandler(ThreadAwareExecutor executor) {
                return within;
            }

            @Override
            public boolean isChangingThreadSupported() {
                return changesThread;
            }
        }, bound);
    }

    /** In an event loop that runs on the thread of the test. */
    private SpinningIoHandler handler(Duration bound) {
        Thread own = Thread.currentThread();
        return (SpinningIoHandler) factory(bound, true).newHandler(new ThreadAwareExecutor() {
            @Override
            public boolean isExecutorThread(Thread thread) {
                return thread == own;
            }

            @Override
            public void execute(Runnable command) {
                command.run();
            }
        });
    }

    private void turnsUntilItSleeps(SpinningIoHandler handler) {
        do {
            handler.run(context);
        } while (!within.sleeps);
    }

    private static void fromAnotherThread(Runnable work) {
        Thread other = new Thread(work);
        other.start();
        try {
            other.join();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void looksUntilTheTimeIsOver() {
        SpinningIoHandler handler = handler(EVER);
        for (int i = 0; i < 10_000; i++) {
            assertThat(handler.run(context)).isZero();
            assertThat(within.sleeps).isFalse();
        }
    }

    @Test
    void sleepsOnceTheTimeIsOverAndAgainWhileNothingComes() {
        SpinningIoHandler handler = handler(NO_TIME);
        handler.run(context);
        assertThat(within.sleeps).isFalse();
        turnsUntilItSleeps(handler);
        handler.run(context);
        assertThat(within.sleeps).isTrue();
        assertThat(within.given).isSameAs(context);
    }

    @Test
    void anEventStartsTheTimeAnew() {
        SpinningIoHandler handler = handler(NO_TIME);
        turnsUntilItSleeps(handler);
        within.events = 3;
        assertThat(handler.run(context)).isEqualTo(3);
        within.events = 0;

        handler.run(context);
        assertThat(within.sleeps).isFalse();
        turnsUntilItSleeps(handler);
    }

    @Test
    void aTimerDoesNot() {
        SpinningIoHandler handler = handler(NO_TIME);
        turnsUntilItSleeps(handler);
        context.tasks = true;
        handler.run(context);
        assertThat(within.sleeps).isFalse();
        context.tasks = false;

        handler.run(context);
        assertThat(within.sleeps).isTrue();
    }

    @Test
    void aTaskFromAnotherThreadDoes() {
        SpinningIoHandler handler = handler(NO_TIME);
        turnsUntilItSleeps(handler);
        within.whileRunning = () -> fromAnotherThread(handler::wakeup);
        handler.run(context);
        within.whileRunning = () -> { };

        handler.run(context);
        assertThat(within.sleeps).isFalse();
        turnsUntilItSleeps(handler);
    }

    @Test
    void oneThatComesJustBeforeTheSleepDoesToo() {
        SpinningIoHandler handler = handler(NO_TIME);
        turnsUntilItSleeps(handler);
        fromAnotherThread(handler::wakeup);
        context.tasks = true;
        handler.run(context);
        context.tasks = false;

        handler.run(context);
        assertThat(within.sleeps).isFalse();
    }

    @Test
    void wakesUpOnlyWhatSleeps() {
        SpinningIoHandler handler = handler(NO_TIME);
        Runnable wakeUp = () -> fromAnotherThread(handler::wakeup);
        within.whileRunning = wakeUp;
        handler.run(context);
        assertThat(within.sleeps).isFalse();
        wakeUp.run();
        assertThat(within.wakeups).isZero();

        within.whileRunning = () -> {
            if (within.sleeps) {
                wakeUp.run();
            }
        };
        turnsUntilItSleeps(handler);
        assertThat(within.wakeups).isOne();
        wakeUp.run();
        assertThat(within.wakeups).isOne();
    }

    @Test
    void aTaskOfTheLoopsOwnNeedsNoWakeUpAndIsNothingNew() {
        SpinningIoHandler handler = handler(NO_TIME);
        within.whileRunning = handler::wakeup;
        turnsUntilItSleeps(handler);
        handler.run(context);
        assertThat(within.sleeps).isTrue();
        assertThat(within.wakeups).isZero();
    }

    @Test
    void aFailureOfTheHandlerLeavesItAwake() {
        SpinningIoHandler handler = handler(NO_TIME);
        turnsUntilItSleeps(handler);
        within.whileRunning = () -> {
            throw new IllegalStateException("on purpose");
        };
        assertThatThrownBy(() -> handler.run(context)).hasMessage("on purpose");
        fromAnotherThread(handler::wakeup);
        assertThat(within.wakeups).isZero();
    }

    @Test
    void aLookKnowsTheLoopsTimers() {
        handler(EVER).run(context);
        assertThat(within.given.canBlock()).isFalse();
        assertThat(within.given.deadlineNanos()).isEqualTo(17);
        assertThat(within.given.delayNanos(4)).isEqualTo(5);
        assertThat(within.given.shouldReportActiveIoTime()).isTrue();
        within.given.reportActiveIoTime(9);
        assertThat(context.active).isEqualTo(9);
    }

    @Test
    void theRestIsTheHandlers() throws Exception {
        SpinningIoHandler handler = handler(EVER);
        handler.initialize();
        handler.register(null);
        handler.prepareToDestroy();
        handler.destroy();
        // This is called again, as a loop without a quiet period may end without a call of prepareToDestroy.
        assertThat(within.called).containsExactly("initialize", "register null", "prepareToDestroy",
            "prepareToDestroy", "destroy");
        assertThat(handler.isCompatible(PollIoHandle.class)).isTrue();
        assertThat(handler.isCompatible(IoHandle.class)).isFalse();
        assertThat(factory(EVER, true).isChangingThreadSupported()).isTrue();
        assertThat(factory(EVER, false).isChangingThreadSupported()).isFalse();
    }

    @Test
    void theBoundIsChecked() {
        for (Duration bound : List.of(Duration.ZERO, Duration.ofNanos(-1), Duration.ofHours(1).plusNanos(1))) {
            assertThatThrownBy(() -> factory(bound, true)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(bound.toString());
        }
    }
}
