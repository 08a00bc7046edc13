/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.bridge.view;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.netty.channel.ChannelOutboundBuffer;
import io.ringtap.bridge.BridgePort;
import io.ringtap.bridge.PortStats;
import io.ringtap.channel.FrameChannel;
import io.ringtap.ethernet.DropReason;
import io.ringtap.vxlan.VxlanChannelOption;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * A port at one moment.
 *
 * @param name its name
 * @param state {@code opening}, {@code up}, {@code down} or {@code gone}
 * @param muted whether it is muted
 * @param cause why it has gone; {@code null} if it has not, or was removed
 * @param channel the kind of its channels
 * @param header bytes of its virtio-net header, 0 for none
 * @param remotes the other ends of a tunnel, as they were given
 * @param queues how many channels it has
 * @param queuedBytes bytes that wait to be sent to it
 * @param stations how many stations are behind it
 * @param rxFrames frames received from it
 * @param rxBytes bytes of these
 * @param txFrames frames sent to it
 * @param txBytes bytes of these
 * @param rxDrops frames received and dropped, by reason, those of the operating system as {@code kernel}
 * @param txDrops frames to be sent and dropped, likewise
 * @param conditions what faults and rates have done
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record PortView(String name, String state, boolean muted, String cause, String channel, List<String> remotes,
                       int header, int queues,
                       long queuedBytes, int stations, long rxFrames, long rxBytes, long txFrames, long txBytes,
                       Map<String, Long> rxDrops, Map<String, Long> txDrops, Map<String, Long> conditions) {
    static PortView of(BridgePort port, int stations) {
        PortStats stats = port.stats();
        List<FrameChannel> channels = port.channels();
        Map<String, Long> rxDrops = drops(stats.rxDrops(), stats.system().received());
        add(rxDrops, "reserved", stats.reserved());
        add(rxDrops, "bad-source", stats.badSource());
        Map<String, Long> conditions = new TreeMap<>();
        stats.conditions().forEach((name, count) -> add(conditions, name, count));
        return new PortView(stats.name(), stats.state().name().toLowerCase(Locale.ROOT), port.isMuted(), null,
            channels.isEmpty() ? "" : channels.get(0).getClass().getSimpleName(),
            remotes(channels),
            channels.isEmpty() ? 0 : channels.get(0).vnetHeaderLength(), channels.size(), queuedBytes(channels),
            stations, stats.rxFrames(), stats.rxBytes(), stats.txFrames(), stats.txBytes(), rxDrops,
            drops(stats.txDrops(), stats.system().sent()), conditions);
    }

    /** A port that has gone, as it was last, with its last counters. */
    PortView gone(BridgePort port, Throwable why) {
        PortView last = of(port, 0);
        return new PortView(name, last.state, muted, why == null ? null : why.getMessage() == null ? why.toString()
            : why.getMessage(), channel, remotes, header, queues, 0, 0, last.rxFrames, last.rxBytes, last.txFrames,
            last.txBytes, last.rxDrops, last.txDrops, last.conditions);
    }

    private static Map<String, Long> drops(Map<DropReason, Long> byReason, long kernel) {
        Map<String, Long> drops = new TreeMap<>();
        byReason.forEach((reason, count) -> add(drops, reason.label(), count));
        add(drops, "kernel", kernel);
        return drops;
    }

    private static void add(Map<String, Long> counts, String name, long count) {
        if (count > 0) {
            counts.put(name, count);
        }
    }

    private static List<String> remotes(List<FrameChannel> channels) {
        List<String> remotes = channels.isEmpty() ? null
            : channels.get(0).config().getOption(VxlanChannelOption.REMOTES);
        return remotes == null ? List.of() : List.copyOf(remotes);
    }

    private static long queuedBytes(List<FrameChannel> channels) {
        long bytes = 0;
        for (FrameChannel channel : channels) {
            ChannelOutboundBuffer queue = channel.unsafe().outboundBuffer();
            bytes += queue == null ? 0 : queue.totalPendingWriteBytes();
        }
        return bytes;
    }
}
