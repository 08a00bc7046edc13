/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vhost;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * The rings of the suites' testbeds: split and packed ones in turn, so that each test of the suites has both on its
 * event loops, of which there are three. With {@code -Dringtap.rings=split} or {@code packed} all are of one form.
 */
final class RingForms {
    private static final String ONLY = System.getProperty("ringtap.rings", "");
    private static final AtomicInteger TESTBEDS = new AtomicInteger();

    private RingForms() {
    }

    /** Whether those of the next testbed are packed. */
    static boolean nextIsPacked() {
        return switch (ONLY) {
            case "split" -> false;
            case "packed" -> true;
            case "" -> (TESTBEDS.getAndIncrement() & 1) != 0;
            default -> throw new IllegalArgumentException("ringtap.rings=" + ONLY);
        };
    }
}
