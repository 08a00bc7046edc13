/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.ringtap.bridge.metrics.BridgeMetrics;
import io.ringtap.channel.metrics.EventLoopMetrics;
import io.ringtap.testkit.Await;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.StreamSupport;

/** The meters of a bridge whose ports come and go. */
class MetricsOfPortsTest extends PipeBridge {
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

    /** The value of the only meter of a name with these tags; half a second may pass before it is the present one. */
    private double value(String name, String... tags) {
        return StreamSupport.stream(registry.get("ringtap.bridge." + name).tags(tags).meter().measure().spliterator(),
            false).findFirst().orElseThrow().getValue();
    }

    private List<Meter> metersOf(BridgePort port) {
        return registry.getMeters().stream().filter(meter -> port.name().equals(meter.getId().getTag("port")))
            .toList();
    }

    @Test
    void theMetersAreThoseOfThePortsThatThereAre() throws Exception {
        open(3, Bridge.builder().port(port(3, ",fault=drop=1.0+seed=1")));
        try (BridgeMetrics metrics = new BridgeMetrics(bridge)) {
            metrics.bindTo(registry);
            // The ports of open() stand behind the one that the builder had.
            BridgePort gone = bridge.ports().get(3);
            BridgePort from = bridge.ports().get(1);
            Await.await("the meters", () -> !metersOf(gone).isEmpty());
            assertThat(value("ports")).isEqualTo(4);
            assertThat(value("port.up", "port", from.name())).isOne();

            assertPasses(0, 1, frame(BROADCAST, STATION_A, 1));
            received.get(2).next();
            bridge.mute(from, true);
            assertPasses(1, 2, frame(STATION_A, STATION_B, 2));
            Await.await("the counters", () -> value("port.dropped.frames", "port", from.name(), "direction", "tx",
                "reason", "muted") == 1);
            assertThat(value("port.frames", "port", from.name(), "direction", "rx")).isOne();
            assertThat(value("port.bytes", "port", from.name(), "direction", "rx"))
                .isEqualTo(frame(BROADCAST, STATION_A, 1).length);
            assertThat(value("port.muted", "port", from.name())).isOne();
            assertThat(value("port.queue", "port", from.name())).isZero();
            assertThat(value("stations.learned")).isEqualTo(2);
            assertThat(value("port.condition.frames", "port", bridge.ports().get(0).name(), "condition",
                "fault-dropped")).as("both frames were flooded").isEqualTo(2);

            bridge.removePort(gone).sync();
            Await.await("the end of the meters", () -> metersOf(gone).isEmpty());
            BridgePort again = bridge.addPort(port(2)).sync().getNow();
            Await.await("the meters of the port anew", () -> !metersOf(again).isEmpty());
            assertThat(value("port.frames", "port", again.name(), "direction", "tx")).isZero();
        }
        bridge.removePort(bridge.ports().get(0)).sync();
        assertThat(value("ports")).isEqualTo(3);
    }

    @Test
    void anEventLoopThatIsKeptBusyIsLate() throws Exception {
        try (EventLoopMetrics metrics = new EventLoopMetrics(group, List.of())) {
            metrics.bindTo(registry);
            var busy = registry.get("ringtap.event.loop.lag").tag("loop", "0").timer();
            group.iterator().next().execute(() -> {
                long end = System.nanoTime() + 1_200_000_000L;
                while (System.nanoTime() < end) {
                    Thread.onSpinWait();
                }
            });
            Await.await("a probe", () -> busy.count() == 1);
            assertThat(busy.max(TimeUnit.MILLISECONDS)).isBetween(50.0, 20_000.0);
        }
    }
}
