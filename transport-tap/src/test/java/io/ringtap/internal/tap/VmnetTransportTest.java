/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.tap;

import io.ringtap.channel.FramePorts;
import io.ringtap.internal.unix.OperatingSystem;
import io.ringtap.tap.TapAddress;
import io.ringtap.tap.TapChannel;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

class VmnetTransportTest {
    @Test
    void vmnetPorts() {
        VmnetTransport transport = new VmnetTransport(true);
        assertThat(transport.claims("vmnet3")).isTrue();
        assertThat(transport.claims("vmnetx")).isFalse();
        assertThat(transport.address("vmnet3")).isEqualTo(new TapAddress("vmnet3"));
        assertThat(transport.address("vmnet:vmnet%d")).isEqualTo(new TapAddress("vmnet%d"));
        assertThatThrownBy(() -> transport.address("vmnet:tap0")).hasMessageContaining("'tap0' is no vmnet device");
        assertThat(transport.newChannel()).isInstanceOf(TapChannel.class);
    }

    @Test
    void vmnetIsFreeBsds() {
        assumeThat(OperatingSystem.isFreeBsd()).isFalse();
        assertThatThrownBy(() -> FramePorts.parse("vmnet:vmnet0,mtu=9000"))
            .hasMessageContainingAll("'vmnet:vmnet0,mtu=9000'", "vmnet devices are FreeBSD's", "use tap:NAME");
        assertThatThrownBy(() -> FramePorts.parse("vmnet0")).hasMessageContaining("FreeBSD's");
    }
}
