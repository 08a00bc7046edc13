/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.nic.xdp;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** What the kernel, or a lying peer, may say of the memory. */
class UmemTest {
    @Test
    void descriptorsOutsideOfTheMemoryAreRecognized() {
        Umem umem = new Umem(4, 2048);
        assertThat(umem.contains(2048, 2048)).isTrue();
        assertThat(umem.contains(2048 + 256, 1792)).isTrue();
        assertThat(umem.contains(2048 + 256, 1793)).isFalse();
        assertThat(umem.contains(4 * 2048, 60)).isFalse();
        assertThat(umem.contains(-1, 60)).isFalse();
        assertThat(umem.contains(0, -1)).isFalse();
        assertThat(umem.contains(Long.MAX_VALUE, 60)).isFalse();
        umem.free();
    }
}
