/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testkit;

import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;

/** The condition of {@link RequiresTap}, evaluated once in a JVM. */
final class RequiresTapCondition implements ExecutionCondition {
    private static final String MISSING = missing();

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        return decide(MISSING, System.getenv("CI"));
    }

    static ConditionEvaluationResult decide(String missing, String ci) {
        if (missing == null) {
            return ConditionEvaluationResult.enabled("taps and namespaces can be made");
        }
        if (ci != null) {
            throw new IllegalStateException("CI is set, so real-tap tests must run, but " + missing);
        }
        return ConditionEvaluationResult.disabled(missing);
    }

    private static String missing() {
        if (!System.getProperty("os.name").equals("Linux")) {
            return "taps in namespaces are tested on Linux only";
        }
        try (RandomAccessFile node = new RandomAccessFile("/dev/net/tun", "rw")) {
            node.getFD();
        } catch (IOException e) {
            return "/dev/net/tun does not open: " + e.getMessage();
        }
        try {
            if (!Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"))) {
                return "making network namespaces needs root";
            }
            TestNamespace.create().close();
            return null;
        } catch (IOException e) {
            return "no network namespace can be made: " + e.getMessage();
        }
    }
}
