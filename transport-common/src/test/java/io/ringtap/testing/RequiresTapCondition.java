/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testing;

import io.ringtap.internal.unix.Errno;
import io.ringtap.internal.unix.OperatingSystem;
import io.ringtap.internal.unix.SystemCalls;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Decides for {@link RequiresTap}; looks once a JVM. */
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
        if (!OperatingSystem.isLinux()) {
            return "taps in namespaces are tested on Linux only";
        }
        int fd = SystemCalls.open("/dev/net/tun", SystemCalls.O_RDWR | SystemCalls.O_CLOEXEC);
        if (fd < 0) {
            return "/dev/net/tun does not open: " + Errno.nameOf(-fd);
        }
        SystemCalls.close(fd);
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
