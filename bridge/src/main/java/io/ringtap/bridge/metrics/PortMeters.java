/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge.metrics;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.BaseUnits;
import io.netty.channel.ChannelOutboundBuffer;
import io.ringtap.bridge.Bridge;
import io.ringtap.bridge.BridgeListener;
import io.ringtap.bridge.BridgePort;
import io.ringtap.bridge.BridgeStats;
import io.ringtap.bridge.PortState;
import io.ringtap.bridge.PortStats;
import io.ringtap.channel.DeviceDrops;
import io.ringtap.channel.FrameChannel;
import io.ringtap.ethernet.DropReason;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * The meters of a bridge's ports in one registry. On the bridge's own thread, which tells of a port that has gone
 * before one of the same name opens. The bridge keeps it, and with it what its meters read, as a registry keeps only
 * weak references.
 */
final class PortMeters implements BridgeListener {
    private static final String RX = "rx";
    private static final String TX = "tx";

    private final MeterRegistry registry;
    private final Tags tags;
    private final Recent<BridgeStats> bridgeStats;
    private final Map<BridgePort, OnePort> ports = new HashMap<>();

    PortMeters(Bridge bridge, MeterRegistry registry, Tags tags) {
        this.registry = registry;
        this.tags = tags;
        bridgeStats = new Recent<>(bridge::stats);
    }

    /** What the bridge itself has done. */
    Recent<BridgeStats> bridgeStats() {
        return bridgeStats;
    }

    @Override
    public void portOpened(BridgePort port) {
        ports.put(port, new OnePort(port, tags.and("port", port.name())));
    }

    @Override
    public void portGone(BridgePort port, Throwable cause) {
        OnePort gone = ports.remove(port);
        if (gone != null) {
            gone.meters.forEach(registry::remove);
        }
    }

    /** The meters of one port. */
    private final class OnePort {
        private final List<Meter> meters = new ArrayList<>();
        private final Recent<PortStats> stats;
        private final Tags portTags;
        private DeviceDrops kernel = new DeviceDrops(0, 0);

        OnePort(BridgePort port, Tags portTags) {
            this.portTags = portTags;
            stats = new Recent<>(port::stats);
            gauge("up", "Whether the port carries frames", null, port, each -> each.state() == PortState.UP ? 1 : 0);
            gauge("muted", "Whether the port is muted", null, port, each -> each.isMuted() ? 1 : 0);
            gauge("queue", "Bytes that wait to be sent to the port", BaseUnits.BYTES, port, PortMeters::queued);
            both("frames", "Frames that passed through the port", PortStats::rxFrames, PortStats::txFrames);
            both("bytes", "Bytes that passed through the port", PortStats::rxBytes, PortStats::txBytes);
            for (DropReason reason : DropReason.values()) {
                dropped(RX, reason.label(), now -> now.rxDrops().getOrDefault(reason, 0L));
                dropped(TX, reason.label(), now -> now.txDrops().getOrDefault(reason, 0L));
            }
            dropped(RX, "reserved", PortStats::reserved);
            dropped(RX, "bad-source", PortStats::badSource);
            stats.get().conditions().keySet().forEach(this::condition);
            DeviceDrops known = stats.get().system();
            if (known.received() >= 0) {
                kernelDropped(RX, now -> kernel(now).received());
            }
            if (known.sent() >= 0) {
                kernelDropped(TX, now -> kernel(now).sent());
            }
        }

        /** A device that closes says no more: its counters stand still. */
        private DeviceDrops kernel(PortStats now) {
            DeviceDrops said = now.system();
            kernel = new DeviceDrops(Math.max(kernel.received(), said.received()),
                Math.max(kernel.sent(), said.sent()));
            return kernel;
        }

        private void both(String name, String description, ToDoubleFunction<PortStats> rx,
                          ToDoubleFunction<PortStats> tx) {
            counter(name, description, Tags.of("direction", RX), rx);
            counter(name, description, Tags.of("direction", TX), tx);
        }

        private void dropped(String direction, String reason, ToDoubleFunction<PortStats> count) {
            counter("dropped.frames", "Frames dropped at the port",
                Tags.of("direction", direction, "reason", reason), count);
        }

        private void condition(String name) {
            counter("condition.frames", "Frames that a fault or a rate has changed or dropped",
                Tags.of("condition", name.replace(' ', '-')), now -> now.conditions().getOrDefault(name, 0L));
        }

        private void kernelDropped(String direction, ToDoubleFunction<PortStats> count) {
            counter("kernel.dropped.frames", "Frames that the operating system dropped at the port",
                Tags.of("direction", direction), count);
        }

        private void counter(String name, String description, Tags more, ToDoubleFunction<PortStats> count) {
            meters.add(FunctionCounter.builder("ringtap.bridge.port." + name, stats,
                recent -> count.applyAsDouble(recent.get())).tags(portTags.and(more)).description(description)
                .register(registry));
        }

        private void gauge(String name, String description, String unit, BridgePort port,
                           ToDoubleFunction<BridgePort> value) {
            meters.add(Gauge.builder("ringtap.bridge.port." + name, port, value).tags(portTags)
                .description(description).baseUnit(unit).register(registry));
        }
    }

    private static double queued(BridgePort port) {
        long bytes = 0;
        for (FrameChannel channel : port.channels()) {
            ChannelOutboundBuffer queue = channel.unsafe().outboundBuffer();
            bytes += queue == null ? 0 : queue.totalPendingWriteBytes();
        }
        return bytes;
    }
}
