/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vxlan;

import io.ringtap.ethernet.MacAddress;
import io.ringtap.ethernet.MacTable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;

/** What is configured, and what the FDB of a kernel says beside it. */
@EnabledOnOs(OS.LINUX)
class RemotesTest {
    private static final MacAddress STATION = MacAddress.of(0x02_00_00_00_00_03L);
    private static final long OTHER = 0x02_00_00_00_00_04L;

    private final MacTable stations = new MacTable(16, 300);
    private final Vteps ends = new Vteps(4789, stations);
    private final InetAddress configured = address("127.0.0.2");
    private final InetAddress told = address("127.0.0.3");
    private TunnelSockets sockets;
    private Remotes remotes;

    private static InetAddress address(String text) {
        return IpLiteral.parse(text);
    }

    @BeforeEach
    void open() throws IOException {
        TunnelSettings settings = TunnelSenderTest.settings(List.of("fdb:vxlan42"), Map.of(STATION, configured), true);
        sockets = new TunnelSockets(settings);
        remotes = new Remotes(settings, sockets, ends, () -> { }, end -> { });
    }

    @AfterEach
    void close() {
        sockets.close();
        ends.free();
    }

    private InetAddress behind(long station) {
        Vtep end = ends.at(stations.lookup(station, MacTable.seconds()));
        return end == null ? null : end.address;
    }

    @Test
    void aConfiguredStationStaysWhateverTheFdbSays() {
        assertThat(behind(STATION.bits())).isEqualTo(configured);
        remotes.setFdb(Set.of(told), Map.of(STATION.bits(), told, OTHER, told));
        assertThat(behind(STATION.bits())).isEqualTo(configured);
        assertThat(behind(OTHER)).isEqualTo(told);
        remotes.setFdb(Set.of(told), Map.of());
        assertThat(behind(STATION.bits())).isEqualTo(configured);
        assertThat(behind(OTHER)).isNull();
    }
}
