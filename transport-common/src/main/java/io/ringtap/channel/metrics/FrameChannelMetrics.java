/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel.metrics;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.BaseUnits;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.netty.channel.ChannelOutboundBuffer;
import io.ringtap.channel.DeviceDrops;
import io.ringtap.channel.FrameChannel;
import io.ringtap.channel.FrameChannelStats;
import io.ringtap.ethernet.DropReason;

import java.util.Objects;
import java.util.function.ToDoubleFunction;

/**
 * What passes through one frame channel, as meters:
 *
 * <table>
 * <caption>Meters; the tag direction is rx or tx</caption>
 * <tr><th>meter</th><th>tags</th><th>what it counts</th></tr>
 * <tr><td>{@code ringtap.channel.frames}</td><td>direction</td><td>frames received and sent</td></tr>
 * <tr><td>{@code ringtap.channel.bytes}</td><td>direction</td><td>their bytes, vnet header included</td></tr>
 * <tr><td>{@code ringtap.channel.dropped.frames}</td><td>direction, reason</td><td>frames that Ringtap dropped; reason
 * is {@link DropReason#label()}</td></tr>
 * <tr><td>{@code ringtap.channel.kernel.dropped.frames}</td><td>direction</td><td>frames that the operating system
 * dropped; only if the device is open when the meters are bound, and says so. Each look costs a system call.</td></tr>
 * <tr><td>{@code ringtap.channel.queue}</td><td></td><td>a gauge: bytes written and not yet taken by the
 * device</td></tr>
 * </table>
 *
 * <p>The registry reads the channel's own counters when it is asked, on the thread that asks it; the channel pays
 * nothing. A meter keeps no channel from being collected. Who opens and closes channels removes their meters from the
 * registry, or gives a channel that takes the place of another the same tags after the other's meters were removed.
 */
// Micrometer is optional: who uses this class requires it.
@SuppressWarnings("exports")
public final class FrameChannelMetrics implements MeterBinder {
    private final FrameChannel channel;
    private final Tags tags;

    /**
     * Meters of a channel.
     *
     * @param tags what tells it from other channels, such as {@code Tags.of("port", "tap:t0")}
     */
    public FrameChannelMetrics(FrameChannel channel, Iterable<Tag> tags) {
        this.channel = Objects.requireNonNull(channel, "channel");
        this.tags = Tags.of(tags);
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        counter(registry, "frames", "Frames received from the device", "rx", FrameChannelStats::rxFrames);
        counter(registry, "frames", "Frames that the device has taken", "tx", FrameChannelStats::txFrames);
        counter(registry, "bytes", "Bytes of frames", "rx", FrameChannelStats::rxBytes);
        counter(registry, "bytes", "Bytes of frames", "tx", FrameChannelStats::txBytes);
        for (DropReason reason : DropReason.values()) {
            drops(registry, "rx", reason, stats -> stats.rxDrops(reason));
            drops(registry, "tx", reason, stats -> stats.txDrops(reason));
        }
        DeviceDrops known = channel.deviceDrops();
        if (known.received() >= 0) {
            kernelDrops(registry, "rx", each -> each.deviceDrops().received());
        }
        if (known.sent() >= 0) {
            kernelDrops(registry, "tx", each -> each.deviceDrops().sent());
        }
        Gauge.builder("ringtap.channel.queue", channel, FrameChannelMetrics::queued).tags(tags)
            .description("Bytes that wait to be sent").baseUnit(BaseUnits.BYTES).register(registry);
    }

    private void counter(MeterRegistry registry, String name, String description, String direction,
                         ToDoubleFunction<FrameChannelStats> count) {
        FunctionCounter.builder("ringtap.channel." + name, channel.stats(), count).tags(tags)
            .tag("direction", direction).description(description).register(registry);
    }

    private void drops(MeterRegistry registry, String direction, DropReason reason,
                       ToDoubleFunction<FrameChannelStats> count) {
        FunctionCounter.builder("ringtap.channel.dropped.frames", channel.stats(), count).tags(tags)
            .tag("direction", direction).tag("reason", reason.label())
            .description("Frames dropped by Ringtap").register(registry);
    }

    /** A closed device says no more: the counter stands still at what was said last. */
    private void kernelDrops(MeterRegistry registry, String direction, ToDoubleFunction<FrameChannel> count) {
        FunctionCounter.builder("ringtap.channel.kernel.dropped.frames", channel, new LastKnown(count)).tags(tags)
            .tag("direction", direction).description("Frames dropped by the operating system").register(registry);
    }

    private static double queued(FrameChannel channel) {
        ChannelOutboundBuffer queue = channel.unsafe().outboundBuffer();
        return queue == null ? 0 : queue.totalPendingWriteBytes();
    }

    /** A counter that is not known for now, or for good, has the value it had last. */
    private static final class LastKnown implements ToDoubleFunction<FrameChannel> {
        private final ToDoubleFunction<FrameChannel> count;
        private volatile double last;

        LastKnown(ToDoubleFunction<FrameChannel> count) {
            this.count = count;
        }

        @Override
        public double applyAsDouble(FrameChannel channel) {
            double now = count.applyAsDouble(channel);
            if (now >= 0) {
                last = now;
            }
            return last;
        }
    }
}
