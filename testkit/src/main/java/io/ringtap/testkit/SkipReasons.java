/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testkit;

import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * Prints why tests were skipped, when the JVM that ran them ends: a line for each reason, with the number of tests.
 * Registered for every run of tests through {@code META-INF/services}. The lines are written to the standard output of
 * the process, and not to {@link System#out}, which a build tool may have replaced. Surefire shows them if it talks to
 * the JVM over a socket, as its {@code SurefireForkNodeFactory} does.
 */
public final class SkipReasons implements TestExecutionListener {
    /** The counts of this JVM, in which Surefire may run a plan for each class. */
    private static final Map<String, Long> TESTS = new ConcurrentSkipListMap<>();

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(
            () -> print(TESTS, new PrintStream(new FileOutputStream(FileDescriptor.out), true))));
    }

    private final Map<String, Long> tests;
    private TestPlan plan;

    /** Called by JUnit, reflectively. */
    public SkipReasons() {
        this(TESTS);
    }

    /** Counts the skipped tests by reason, in this map. */
    SkipReasons(Map<String, Long> tests) {
        this.tests = tests;
    }

    @Override
    public void testPlanExecutionStarted(TestPlan testPlan) {
        plan = testPlan;
    }

    @Override
    public void executionSkipped(TestIdentifier identifier, String reason) {
        long known = plan.countTestIdentifiers(
            each -> each.isTest() && each.getUniqueIdObject().hasPrefix(identifier.getUniqueIdObject()));
        // If a whole class was skipped, the number of its parameterized tests is not known.
        add(reason, Math.max(1, known));
    }

    @Override
    public void executionFinished(TestIdentifier identifier, TestExecutionResult result) {
        if (result.getStatus() == TestExecutionResult.Status.ABORTED) {
            add(result.getThrowable().map(Throwable::getMessage).orElse("no reason given"), 1);
        }
    }

    private void add(String reason, long count) {
        tests.merge(plain(reason.strip().lines().findFirst().orElse("no reason given")), count, Long::sum);
    }

    /** Returns a reason without the words that JUnit and AssertJ put around it. */
    private static String plain(String reason) {
        return reason.replaceFirst("^Assumption failed: ", "")
            .replaceFirst("^assumption was not met due to: \\[(.*)]\\s*$", "needs $1");
    }

    /** Prints a line for each reason. */
    static void print(Map<String, Long> tests, PrintStream console) {
        tests.forEach((reason, count) ->
            console.println("Skipped " + count + (count == 1 ? " test: " : " tests: ") + reason));
    }
}
