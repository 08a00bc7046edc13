/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testkit;

import java.util.concurrent.TimeUnit;

/**
 * Waits until other threads have done something. The condition is evaluated again and again, so that a test ends as
 * soon as possible. The time limit is long enough for a slow machine.
 */
public final class Await {
    /** How long to wait by default. Only a test that fails waits so long, and a busy emulated machine is slow. */
    public static final long PATIENCE_MILLIS = 30_000;

    private static final long PAUSE_MILLIS = 2;

    /** The condition to wait for. Called many times, by the thread that waits. */
    @FunctionalInterface
    public interface Condition {
        /** Whether the condition is met. */
        boolean isMet() throws Exception;
    }

    private Await() {
    }

    /**
     * Waits for at most {@value #PATIENCE_MILLIS} milliseconds.
     *
     * @param what names what is waited for in the message of the failure
     * @throws AssertionError if the condition is not met in time, or fails itself
     */
    public static void await(String what, Condition condition) throws InterruptedException {
        await(what, PATIENCE_MILLIS, condition);
    }

    /**
     * Waits for at most so many milliseconds.
     *
     * @param what names what is waited for in the message of the failure
     * @throws AssertionError if the condition is not met in time, or fails itself
     */
    public static void await(String what, long patienceMillis, Condition condition) throws InterruptedException {
        if (!happens(patienceMillis, condition)) {
            throw new AssertionError(what + ": not within " + patienceMillis + " ms");
        }
    }

    /**
     * Waits for at most so many milliseconds, and returns whether the condition was met.
     *
     * @throws AssertionError if the condition fails itself
     */
    public static boolean happens(long patienceMillis, Condition condition) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(patienceMillis);
        while (!isMet(condition)) {
            if (System.nanoTime() - deadline >= 0) {
                return false;
            }
            Thread.sleep(PAUSE_MILLIS);
        }
        return true;
    }

    private static boolean isMet(Condition condition) throws InterruptedException {
        try {
            return condition.isMet();
        } catch (InterruptedException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError("the condition fails: " + e, e);
        }
    }
}
