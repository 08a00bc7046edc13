/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge.metrics;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.ringtap.bridge.Bridge;
import io.ringtap.bridge.BridgeStats;
import io.ringtap.channel.metrics.FrameChannelMetrics;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/**
 * What a bridge does, as meters. Those of its ports come and go with the ports.
 *
 * <table>
 * <caption>Meters of the bridge, and of each port with the tag port; the tag direction is rx or tx</caption>
 * <tr><th>meter</th><th>more tags</th><th>what it says</th></tr>
 * <tr><td>{@code ringtap.bridge.ports}</td><td></td><td>a gauge: how many ports it has</td></tr>
 * <tr><td>{@code ringtap.bridge.stations}</td><td></td><td>a gauge: how many stations it knows</td></tr>
 * <tr><td>{@code ringtap.bridge.stations.learned}, {@code .moved}, {@code .aged}</td><td></td><td>stations entered,
 * heard on another port than before, and forgotten as they were silent</td></tr>
 * <tr><td>{@code ringtap.bridge.unlearned.frames}</td><td></td><td>frames whose source was not learned, as the table
 * was full</td></tr>
 * <tr><td>{@code ringtap.bridge.port.up}</td><td></td><td>a gauge: 1 if it carries frames, else 0</td></tr>
 * <tr><td>{@code ringtap.bridge.port.muted}</td><td></td><td>a gauge: 1 if it is muted, else 0</td></tr>
 * <tr><td>{@code ringtap.bridge.port.frames}, {@code .bytes}</td><td>direction</td><td>what its devices have delivered
 * and taken</td></tr>
 * <tr><td>{@code ringtap.bridge.port.dropped.frames}</td><td>direction, reason</td><td>frames dropped; reason is the
 * label of a {@link io.ringtap.ethernet.DropReason}, {@code reserved} or {@code bad-source}</td></tr>
 * <tr><td>{@code ringtap.bridge.port.condition.frames}</td><td>condition</td><td>what a fault or a rate has done to
 * frames, for those conditions that the port has</td></tr>
 * <tr><td>{@code ringtap.bridge.port.kernel.dropped.frames}</td><td>direction</td><td>frames that the operating system
 * dropped, where the device says so</td></tr>
 * <tr><td>{@code ringtap.bridge.port.queue}</td><td></td><td>a gauge: bytes written and not yet taken by the
 * devices</td></tr>
 * </table>
 *
 * <p>The registry is told of ports by the bridge's own thread. It reads counters on the thread that asks it, and asks
 * each port once in half a second at most, as that costs a system call; forwarding pays nothing. {@link
 * FrameChannelMetrics} has a single channel's meters, and {@link io.ringtap.channel.metrics.EventLoopMetrics} those of
 * event loops.
 */
// Micrometer is optional: who uses this class requires it.
@SuppressWarnings("exports")
public final class BridgeMetrics implements MeterBinder, AutoCloseable {
    private final Bridge bridge;
    private final Tags tags;
    private final List<PortMeters> bound = new ArrayList<>();

    /** Meters of the only bridge of a registry. */
    public BridgeMetrics(Bridge bridge) {
        this(bridge, Tags.empty());
    }

    /**
     * Meters of a bridge.
     *
     * @param tags what tells it from other bridges
     */
    public BridgeMetrics(Bridge bridge, Iterable<Tag> tags) {
        this.bridge = Objects.requireNonNull(bridge, "bridge");
        this.tags = Tags.of(tags);
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        PortMeters ports = new PortMeters(bridge, registry, tags);
        Recent<BridgeStats> stats = ports.bridgeStats();
        gauge(registry, "ports", "Ports of the bridge", () -> bridge.ports().size());
        gauge(registry, "stations", "Stations that the bridge knows", () -> stats.get().stations());
        counter(registry, stats, "stations.learned", "Stations entered", BridgeStats::learned);
        counter(registry, stats, "stations.moved", "Stations heard on another port than before", BridgeStats::moved);
        counter(registry, stats, "stations.aged", "Stations forgotten as they were silent", BridgeStats::aged);
        counter(registry, stats, "unlearned.frames", "Frames whose source was not learned, as the table was full",
            BridgeStats::refused);
        synchronized (bound) {
            bound.add(ports);
        }
        bridge.addListener(ports);
    }

    private void gauge(MeterRegistry registry, String name, String description, Supplier<Number> value) {
        Gauge.builder("ringtap.bridge." + name, value).tags(tags).description(description).register(registry);
    }

    private void counter(MeterRegistry registry, Recent<BridgeStats> stats, String name, String description,
                         ToDoubleFunction<BridgeStats> count) {
        FunctionCounter.builder("ringtap.bridge." + name, stats, recent -> count.applyAsDouble(recent.get()))
            .tags(tags).description(description).register(registry);
    }

    /** Ends the meters of ports: none comes or goes any more. */
    @Override
    public void close() {
        synchronized (bound) {
            bound.forEach(bridge::removeListener);
            bound.clear();
        }
    }
}
