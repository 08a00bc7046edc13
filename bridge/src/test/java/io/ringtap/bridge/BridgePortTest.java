/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.ringtap.channel.DeviceEvent;
import io.ringtap.channel.FramePorts;
import io.ringtap.ethernet.MacTable;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class BridgePortTest {
    private final List<String> reports = new ArrayList<>();
    private final BridgePort port = new BridgePort(0, FramePorts.parse("tap:a"), reports::add);

    @Test
    void doesNotLearnFromFramesThatWereOnTheirWayWhenItsLinkWentDown() {
        int now = MacTable.seconds();
        assertThat(port.isLearning(now)).isTrue();
        assertThat(port.deviceEvent(new DeviceEvent.LinkDown())).isTrue();
        assertThat(port.isLearning(now)).isFalse();
        assertThat(port.isLearning(now + BridgePort.LATE_SECONDS - 1)).isFalse();
        assertThat(port.deviceEvent(new DeviceEvent.LinkUp())).isFalse();
        assertThat(port.isLearning(now)).isTrue();
    }

    /** No news that the link is up again may come where it cannot be heard of. */
    @Test
    void learnsFromFramesThatComeLongAfterTheNewsThatItsLinkIsDown() {
        port.deviceEvent(new DeviceEvent.LinkDown());
        assertThat(port.isLearning(MacTable.seconds() + BridgePort.LATE_SECONDS)).isTrue();
    }

    @Test
    void whatIsGoneNeverLearnsAgain() {
        assertThat(port.deviceEvent(new DeviceEvent.Gone(new IOException("deleted")))).isTrue();
        assertThat(port.deviceEvent(new DeviceEvent.LinkUp())).isFalse();
        assertThat(port.state()).isEqualTo(BridgePort.State.GONE);
        assertThat(port.isLearning(MacTable.seconds() + 100)).isFalse();
        assertThat(reports).containsExactly("tap:a: deleted");
    }

    @Test
    void newsThatCameWhileThePortWasOpenedIsNewer() {
        port.deviceEvent(new DeviceEvent.LinkDown());
        port.opened(true);
        assertThat(port.state()).isEqualTo(BridgePort.State.DOWN);
    }

    @Test
    void refusesAPortThatCarriesNoEthernetFrames() {
        assertThatThrownBy(() -> new BridgePort(0, FramePorts.parse("tun:a"), reports::add))
            .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("this port carries IP packets");
    }
}
