/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel.metrics;

import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleConfig;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.channel.embedded.EmbeddedChannel;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;

class EventLoopMetricsTest {
    /** A clock that fails when it is told to, as a registry does that has no memory. */
    private static final class Failing implements Clock {
        private Error next;

        @Override
        public long wallTime() {
            Error failure = next;
            next = null;
            if (failure != null) {
                throw failure;
            }
            return Clock.SYSTEM.wallTime();
        }

        @Override
        public long monotonicTime() {
            return Clock.SYSTEM.monotonicTime();
        }
    }

    private final EmbeddedChannel loop = new EmbeddedChannel();
    private final Failing clock = new Failing();
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry(SimpleConfig.DEFAULT, clock);

    private void seconds(int count) {
        for (int i = 0; i < count; i++) {
            loop.advanceTimeBy(1, TimeUnit.SECONDS);
            loop.runScheduledPendingTasks();
        }
    }

    @Test
    void aLoopIsProbedOnAfterARecordThatFailedAndNoMoreAfterTheEnd() {
        loop.freezeTime();
        EventLoopMetrics metrics = new EventLoopMetrics(loop.eventLoop(), List.of());
        metrics.bindTo(registry);
        Timer lag = registry.get("ringtap.event.loop.lag").tag("loop", "0").timer();
        seconds(1);
        assertThat(lag.count()).isOne();
        clock.next = new OutOfMemoryError("none, as the test wants");
        seconds(1);
        assertThat(clock.next).as("the failure").isNull();
        long before = lag.count();
        seconds(3);
        assertThat(lag.count()).isEqualTo(before + 3);
        metrics.close();
        seconds(2);
        assertThat(lag.count()).isEqualTo(before + 3);
    }
}
