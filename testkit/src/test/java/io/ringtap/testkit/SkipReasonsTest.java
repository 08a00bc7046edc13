/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testkit;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.platform.launcher.core.LauncherConfig;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.Map;
import java.util.TreeMap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

/** A run of tests says which tests it has skipped. */
class SkipReasonsTest {
    private static final String WITH_SKIPS = "ringtap.skipOnPurpose";

    @Test
    void eachReasonIsCountedAndPrintedOnce() {
        Map<String, Long> tests = new TreeMap<>();
        System.setProperty(WITH_SKIPS, "true");
        try {
            LauncherFactory.create(LauncherConfig.builder().enableTestExecutionListenerAutoRegistration(false).build())
                .execute(LauncherDiscoveryRequestBuilder.request()
                    .selectors(selectClass(Skipping.class), selectClass(AllSkipped.class)).build(),
                    new SkipReasons(tests));
        } finally {
            System.clearProperty(WITH_SKIPS);
        }
        ByteArrayOutputStream console = new ByteArrayOutputStream();
        SkipReasons.print(tests, new PrintStream(console, true));
        assertThat(console.toString()).hasLineCount(3)
            .contains("Skipped 3 tests: no tap here", "Skipped 1 test: no kernel",
                "Skipped 1 test: needs a kernel with netmap");
    }

    /** Runs only when the test above runs it. */
    @EnabledIfSystemProperty(named = WITH_SKIPS, matches = "true")
    static class Skipping {
        @Test
        void passes() {
        }

        @Test
        @Disabled("no tap here")
        void isDisabled() {
        }

        @Test
        void assumes() {
            Assumptions.assumeTrue(false, "no kernel\nof that kind");
        }

        @Test
        void assumesWithAssertJ() {
            org.assertj.core.api.Assumptions.assumeThat(false).as("a kernel with netmap").isTrue();
        }
    }

    /** Runs only when the test above runs it. */
    @Disabled("no tap here")
    static class AllSkipped {
        @Test
        void one() {
        }

        @Test
        void other() {
        }
    }
}
