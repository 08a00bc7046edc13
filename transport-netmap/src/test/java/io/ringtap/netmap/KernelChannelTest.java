/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap;

import org.junit.jupiter.api.BeforeAll;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

/** The channel on ports of the kernel, where this machine has them. */
class KernelChannelTest extends NetmapChannelContract {
    @BeforeAll
    static void requireNetmap() {
        assumeThat(Netmap.isAvailable()).as("a kernel with netmap").isTrue();
    }

    @Override
    NetmapDriver netmap() {
        return Netmap.kernel();
    }

    @Override
    void assertNoPorts() throws NetmapException {
        assertThat(new NetmapControl(Netmap.kernel()).valePorts()).noneMatch(port -> port.startsWith("vale0:"));
    }

    /** The kernel counts them nowhere. */
    @Override
    long dropped(long frames) {
        return -1;
    }
}
