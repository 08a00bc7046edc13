/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testkit;

import io.netty.util.LeakPresenceDetector;

/**
 * Counts every reference-counted resource that is alive, so that {@link LeakExtension} can name the test that left one.
 * Netty loads it through {@code -Dio.netty.customResourceLeakDetector}.
 *
 * @param <T> the type of the resource
 */
public final class TestLeakDetector<T> extends LeakPresenceDetector<T> {
    private static final ResourceScope SCOPE = new ResourceScope("test");

    /**
     * Called by Netty, reflectively.
     *
     * @param resourceType the type of the resource
     * @param samplingInterval ignored: every resource is counted
     */
    public TestLeakDetector(Class<?> resourceType, int samplingInterval) {
        super(resourceType);
    }

    /**
     * Called by Netty, reflectively.
     *
     * @param resourceType the type of the resource
     * @param samplingInterval ignored: every resource is counted
     * @param maxActive ignored
     */
    public TestLeakDetector(Class<?> resourceType, int samplingInterval, long maxActive) {
        super(resourceType);
    }

    /** Whether anything is alive. */
    public static boolean hasOpenResources() {
        return SCOPE.hasOpenResources();
    }

    @Override
    protected ResourceScope currentScope() {
        return SCOPE;
    }
}
