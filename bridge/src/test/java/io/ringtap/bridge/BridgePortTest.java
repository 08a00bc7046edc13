/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.ringtap.channel.DeviceEvent;
import io.ringtap.ethernet.MacTable;
import org.junit.jupiter.api.Test;

import java.io.IOException;

import static org.assertj.core.api.Assertions.assertThat;

class BridgePortTest {
    private final BridgePort port = new BridgePort("tap:a", PortOptions.DEFAULT);

    @Test
    void doesNotLearnFromFramesThatWereOnTheirWayWhenItsLinkWentDown() {
        int now = MacTable.seconds();
        assertThat(port.isLearning(now)).isTrue();
        assertThat(port.deviceEvent(new DeviceEvent.LinkDown())).isEqualTo(PortState.DOWN);
        assertThat(port.isLearning(now)).isFalse();
        assertThat(port.isLearning(now + BridgePort.LATE_SECONDS - 1)).isFalse();
        assertThat(port.deviceEvent(new DeviceEvent.LinkUp())).isEqualTo(PortState.UP);
        assertThat(port.deviceEvent(new DeviceEvent.LinkUp())).isNull();
        assertThat(port.isLearning(now)).isTrue();
    }

    /** If a link cannot be watched, no event would tell that it is up again. */
    @Test
    void learnsFromFramesThatComeLongAfterTheNewsThatItsLinkIsDown() {
        port.deviceEvent(new DeviceEvent.LinkDown());
        assertThat(port.isLearning(MacTable.seconds() + BridgePort.LATE_SECONDS)).isTrue();
    }

    @Test
    void whatIsGoneNeverLearnsAgain() {
        IOException deleted = new IOException("deleted");
        port.deviceEvent(new DeviceEvent.Gone(deleted));
        assertThat(port.goneBy()).isSameAs(deleted);
        assertThat(port.leave()).isTrue();
        assertThat(port.leave()).isFalse();
        assertThat(port.deviceEvent(new DeviceEvent.LinkUp())).isNull();
        assertThat(port.state()).isEqualTo(PortState.GONE);
        assertThat(port.isLearning(MacTable.seconds() + 100)).isFalse();
    }

    @Test
    void newsThatCameWhileThePortWasOpenedIsNewer() {
        port.deviceEvent(new DeviceEvent.LinkDown());
        port.joined(true);
        assertThat(port.state()).isEqualTo(PortState.DOWN);
    }
}
