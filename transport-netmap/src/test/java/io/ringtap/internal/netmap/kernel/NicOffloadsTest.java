/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.kernel;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

import static org.assertj.core.api.Assertions.assertThat;

class NicOffloadsTest {
    /** The loopback interface, whose TSO cannot be turned off. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void whatIsOnIsNamedWithTheCommandThatTurnsItOff() {
        assertThat(NicOffloads.enabled("lo")).contains("tso");
        assertThat(NicOffloads.warning("lo")).contains("lo has tso").contains("'ethtool -K lo tx off tso off");
    }

    @Test
    void ofAnInterfaceThatIsNotThereNothingIsSaid() {
        assertThat(NicOffloads.enabled("rtnone0")).isEmpty();
        assertThat(NicOffloads.enabled("rtnone0rtnone0rtnone0")).isEmpty();
        assertThat(NicOffloads.warning("rtnone0")).isNull();
    }
}
