/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.kernel;

import io.ringtap.testsuite.remote.RequiresFreeBsd;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** The capabilities of an interface that every FreeBSD machine has. */
@RequiresFreeBsd
class FreeBsdOffloadsTest {
    @Test
    void theLoopbackInterfaceLeavesChecksumsOut() {
        assertThat(NicOffloads.enabled("lo0")).contains("txcsum");
        assertThat(NicOffloads.warning("lo0")).contains("'ifconfig lo0 -txcsum");
        assertThat(NicOffloads.warning("rtnone0")).isNull();
    }
}
