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
 * Prints why tests were skipped when the JVM that ran them ends: a line for each reason, with how many tests it kept
 * from running. Registered for every run of tests through {@code META-INF/services}. The lines go to the standard
 * output of the process, past what a build tool has put in the place of {@link System#out}; Surefire shows them if it
 * has a channel of its own to the JVM, which is its {@code SurefireForkNodeFactory}.
 */
public final class SkipReasons implements TestExecutionListener {
    /** Of this JVM, in which Surefire may run a plan for each class. */
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

    /** Counts into a map of how many tests were skipped, by reason. */
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
        // Tests that are made from parameters are not known of a class that was skipped.
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

    /** A reason without what JUnit and AssertJ put around it. */
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
