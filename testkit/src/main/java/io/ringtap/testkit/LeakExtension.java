/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testkit;

import io.netty.util.LeakPresenceDetector;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Fails a test that ends while a Netty buffer is still alive. Registered for every test through {@code
 * META-INF/services}. A test may release its buffers in {@code @AfterEach}.
 */
public final class LeakExtension implements BeforeAllCallback, AfterEachCallback {
    /**
     * A system property, in milliseconds: how long to wait for event loops, which release their last buffers a moment
     * after the last assertion.
     */
    static final String GRACE = "ringtap.leakGraceMillis";

    @Override
    public void beforeAll(ExtensionContext context) {
        String detector = System.getProperty("io.netty.customResourceLeakDetector");
        if (!TestLeakDetector.class.getName().equals(detector)) {
            throw new IllegalStateException("Leaks would go unseen: run the tests with -Dio.netty"
                + ".customResourceLeakDetector=" + TestLeakDetector.class.getName() + ", as the Maven build does");
        }
    }

    @Override
    public void afterEach(ExtensionContext context) throws InterruptedException {
        Await.happens(Long.getLong(GRACE, 5000), () -> !TestLeakDetector.hasOpenResources());
        LeakPresenceDetector.check();
    }
}
