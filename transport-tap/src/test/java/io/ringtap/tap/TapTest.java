/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.ringtap.testkit.RequiresTap;
import io.ringtap.virtio.LinkLayer;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class TapTest {
    @Test
    @RequiresTap
    void available() {
        assertThat(Tap.unavailabilityCause()).isNull();
        assertThat(Tap.isAvailable()).isTrue();
        Tap.ensureAvailability();
    }

    @Test
    void channelsTellTheirLinkLayerBeforeTheyAreBound() {
        assertThat(new TapChannel().linkLayer()).isEqualTo(LinkLayer.ETHERNET);
        assertThat(new TunChannel().linkLayer()).isEqualTo(LinkLayer.RAW_IP);
    }

    @Test
    void aNodeThatDoesNotOpenIsExplained() {
        assertThat(Tap.nodeFailure(-2)).hasMessageContainingAll("ENOENT", "modprobe tun", "--device /dev/net/tun");
        assertThat(Tap.nodeFailure(-13)).hasMessageContainingAll("EACCES", "chmod", "--device /dev/net/tun");
        assertThat(Tap.nodeFailure(-19)).hasMessageContainingAll("ENODEV", "CONFIG_TUN");
        assertThat(Tap.nodeFailure(-24)).hasMessageContaining("EMFILE");
    }
}
