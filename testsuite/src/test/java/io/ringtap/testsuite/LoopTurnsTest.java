/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testsuite;

import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.ringtap.testsuite.TestLoops.TestLoop;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class LoopTurnsTest {
    private EventLoopGroup group;

    @AfterEach
    void shutDown() throws InterruptedException {
        group.shutdownGracefully(0, 10, TimeUnit.SECONDS).sync();
    }

    @ParameterizedTest
    @MethodSource("io.ringtap.testsuite.TestLoops#availableAndSpinning")
    void aLoopThatWaitsRests(TestLoop loop) throws Exception {
        group = loop.newGroup(2);
        LoopTurns.assertRest(group);
    }

    /** Not for spinning loops: on a busy machine, these make few turns even if they never rest. */
    @ParameterizedTest
    @MethodSource("io.ringtap.testsuite.TestLoops#available")
    void aLoopThatAlwaysHasATimerDueDoesNotRest(TestLoop loop) {
        group = loop.newGroup(1);
        EventLoop spinning = group.next();
        spinning.execute(new Runnable() {
            @Override
            public void run() {
                if (!spinning.isShuttingDown()) {
                    spinning.schedule(this, 0, TimeUnit.NANOSECONDS);
                }
            }
        });
        assertThatThrownBy(() -> LoopTurns.assertRests(spinning)).isInstanceOf(AssertionError.class)
            .hasMessageContaining("turns of a loop that has nothing to do");
    }

    @ParameterizedTest
    @MethodSource("io.ringtap.testsuite.TestLoops#available")
    void aLoopThatSettlesPollsInEachTurn(TestLoop loop) throws Exception {
        group = LoopTurns.newGroup(1, loop.factory());
        EventLoop settling = group.next();
        // One that has not been started.
        LoopTurns.settle(settling);
        for (int i = 0; i < 50; i++) {
            long before = LoopTurns.turnsOf(settling);
            LoopTurns.settle(settling);
            assertThat(LoopTurns.turnsOf(settling) - before).isGreaterThanOrEqualTo(LoopTurns.SETTLED);
        }
    }

    @ParameterizedTest
    @MethodSource("io.ringtap.testsuite.TestLoops#available")
    void whatALoopWasGivenIsDoneWhenItHasSettled(TestLoop loop) throws Exception {
        group = loop.newGroup(1);
        EventLoop settling = group.next();
        AtomicInteger done = new AtomicInteger();
        settling.execute(() -> settling.execute(() -> settling.execute(done::incrementAndGet)));
        LoopTurns.settle(settling);
        assertThat(done).hasValue(1);
    }
}
