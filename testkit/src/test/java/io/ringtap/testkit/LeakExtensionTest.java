/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testkit;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.platform.testkit.engine.EngineTestKit;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.testkit.engine.EventConditions.finishedWithFailure;
import static org.junit.platform.testkit.engine.TestExecutionResultConditions.instanceOf;
import static org.junit.platform.testkit.engine.TestExecutionResultConditions.message;

/** The build relies on it that a leak fails the test that made it. This test leaks deliberately. */
class LeakExtensionTest {
    private static final String ON_PURPOSE = "ringtap.leakOnPurpose";

    @Test
    void aDeliberateLeakFailsItsTest() {
        System.setProperty(ON_PURPOSE, "true");
        System.setProperty(LeakExtension.GRACE, "100");
        try {
            EngineTestKit.engine("junit-jupiter")
                .configurationParameter("junit.jupiter.extensions.autodetection.enabled", "true")
                .selectors(selectClass(Leaky.class))
                .execute().testEvents()
                .assertStatistics(stats -> stats.started(3).succeeded(1).failed(2))
                .failed()
                .assertThatEvents()
                .allMatch(finishedWithFailure(instanceOf(IllegalStateException.class),
                    message(text -> text.contains("Possible memory leak")))::matches);
        } finally {
            System.clearProperty(ON_PURPOSE);
            System.clearProperty(LeakExtension.GRACE);
        }
    }

    /** Runs only when the test above runs it. The few bytes that it leaks are never released. */
    @EnabledIfSystemProperty(named = ON_PURPOSE, matches = "true")
    static class Leaky {
        @Test
        void leaksFromThePool() {
            PooledByteBufAllocator.DEFAULT.directBuffer(16);
        }

        @Test
        void leaksFromTheDefaultAllocator() {
            ByteBufAllocator.DEFAULT.heapBuffer(16);
        }

        @Test
        void releases() {
            ByteBufAllocator.DEFAULT.directBuffer(16).release();
        }
    }
}
