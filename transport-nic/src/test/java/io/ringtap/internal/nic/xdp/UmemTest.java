/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.nic.xdp;

import java.io.IOException;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** What the kernel, or a lying peer, may say of the memory. */
class UmemTest {
    @Test
    void descriptorsOutsideOfTheMemoryAreRecognized() throws IOException {
        Umem umem = new Umem(new UmemKind(2048, false, false, 1));
        assertThat(umem.contains(2048, 2048)).isTrue();
        assertThat(umem.contains(2048 + 256, 1792)).isTrue();
        assertThat(umem.contains(2048 + 256, 1793)).isFalse();
        assertThat(umem.contains(umem.length(), 60)).isFalse();
        assertThat(umem.contains(-1, 60)).isFalse();
        assertThat(umem.contains(0, -1)).isFalse();
        assertThat(umem.contains(Long.MAX_VALUE, 60)).isFalse();
        umem.free();
    }
}
