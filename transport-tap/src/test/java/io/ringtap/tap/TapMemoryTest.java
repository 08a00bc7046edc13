/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.netty.util.internal.PlatformDependent;
import org.junit.jupiter.api.Test;

import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** Closing a tap frees the direct memory that opening has allocated, without the garbage collector. */
class TapMemoryTest extends RealTapTest {
    private static final int CYCLES = 50;

    @Test
    void openAndCloseLeaveNoDirectMemoryToTheCollector() throws Exception {
        assumeTrue(PlatformDependent.hasUnsafe(), "without Unsafe the garbage collector frees direct memory");
        BufferPoolMXBean direct = ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
            .filter(pool -> pool.getName().equals("direct")).findFirst().orElseThrow();
        open("t0").close().sync();
        long before = direct.getMemoryUsed();
        for (int i = 0; i < CYCLES; i++) {
            open("t0").close().sync();
        }
        assertThat(direct.getMemoryUsed() - before).as("bytes left of %d taps", CYCLES).isLessThan(CYCLES * 1024);
    }
}
