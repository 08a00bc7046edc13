/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.kernel;

import io.ringtap.internal.unix.OperatingSystem;
import io.ringtap.netmap.NetmapException;
import io.ringtap.testsuite.system.MemoryInUse;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * The memory that a request to the kernel points at stays alive until the kernel has answered, whatever the answer is.
 */
class KernelRequestMemoryTest {
    @Test
    void ofTheFirstQuestion() {
        MemoryInUse.assertKept(3, () -> {
            try {
                KernelNetmap.INSTANCE.open().close();
            } catch (NetmapException e) {
                throw new AssertionError(e);
            }
        }, "ioctl");
    }

    @Test
    void ofEitherFormOfRequests() {
        MemoryInUse.assertKept(-1, () -> new KernelControl(3).portInfo("vale0:a"), "ioctl");
        MemoryInUse.assertKept(-1, () -> new KernelLegacy(3).portInfo("vale0:a"), "ioctl");
    }

    @Test
    void ofTheOffloadsOfACard() {
        assumeThat(OperatingSystem.isLinux()).as("a system with ethtool").isTrue();
        MemoryInUse.assertKept(3, () -> NicOffloads.enabled("lo"), "ioctl");
    }
}
