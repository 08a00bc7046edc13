/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.pktgen;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoopGroup;
import io.ringtap.channel.FrameChannel;
import io.ringtap.channel.FrameChannelOption;
import io.ringtap.channel.FrameChannelStats;
import io.ringtap.channel.FramePort;
import io.ringtap.ethernet.DropReason;
import io.ringtap.examples.ExampleCommand;
import io.ringtap.examples.ShortNumber;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A port at which pktgen does something, and what it tells of it. */
final class PktgenPort {
    /** What a wire has beside each frame: preamble, frame check sequence and gap (IEEE 802.3). */
    private static final int WIRE_OVERHEAD = 24;

    private final FramePort spec;
    private final PktgenFunction function;
    private final PktgenOptions options;
    private final PktgenHandler handler;
    private FrameChannel channel;
    private String name;
    private long lastFrames;
    private long lastBytes;

    PktgenPort(FramePort spec, PktgenFunction function, PktgenOptions options) {
        this.spec = spec;
        this.function = function;
        this.options = options;
        handler = function.newHandler(options);
    }

    PktgenFunction function() {
        return function;
    }

    PktgenHandler handler() {
        return handler;
    }

    void open(EventLoopGroup group) throws IOException, InterruptedException {
        Bootstrap bootstrap = spec.bootstrap(group)
            .option(FrameChannelOption.READ_BATCHES, function == PktgenFunction.RX).handler(handler);
        if (!spec.options().containsKey(FrameChannelOption.VNET_HEADERS)) {
            bootstrap.option(FrameChannelOption.VNET_HEADER, options.header());
        }
        ChannelFuture bound = bootstrap.bind().await();
        if (!bound.isSuccess()) {
            throw new IOException("port " + spec + " cannot be opened: " + ExampleCommand.message(bound.cause()),
                bound.cause());
        }
        channel = (FrameChannel) bound.channel();
        name = channel.localAddress().toString();
    }

    void start() {
        channel.eventLoop().execute(() -> handler.start(channel.pipeline().context(handler)));
    }

    void close() {
        if (channel != null) {
            channel.close().awaitUninterruptibly();
        }
    }

    String name() {
        return name;
    }

    /** Frames that count for this function. */
    long frames() {
        FrameChannelStats stats = channel.stats();
        return function == PktgenFunction.RX ? stats.rxFrames() : stats.txFrames();
    }

    private long bytes() {
        FrameChannelStats stats = channel.stats();
        return function == PktgenFunction.RX ? stats.rxBytes() : stats.txBytes();
    }

    /** What has not gone as it was asked for, although the port is there: a line with its name, or {@code null}. */
    String shortfall() {
        String shortfall = handler.shortfall(channel.stats().txFrames());
        return shortfall == null ? null : "port " + name + ": " + shortfall;
    }

    /** The rate since the last line. */
    String rateLine(double seconds) {
        long frames = frames();
        long bytes = bytes();
        String line = String.format(Locale.ROOT, "%s %s: %spps (%s frames, %sbit/s in %.2f s)%s", function, name,
            ShortNumber.of((frames - lastFrames) / seconds), ShortNumber.of(frames - lastFrames),
            ShortNumber.of((bytes - lastBytes) * 8 / seconds), seconds, end(false));
        lastFrames = frames;
        lastBytes = bytes;
        return line;
    }

    /** All since the start. */
    String totalLine() {
        long frames = frames();
        long bytes = bytes();
        double seconds = handler.seconds();
        String rate = seconds == 0 ? "" : String.format(Locale.ROOT, " in %.3f s: %spps, %sbit/s (raw %sbit/s)",
            seconds, ShortNumber.of(frames / seconds), ShortNumber.of(bytes * 8 / seconds),
            ShortNumber.of((bytes + frames * WIRE_OVERHEAD) * 8 / seconds));
        return "total " + function + " " + name + ": " + frames + " frames, " + bytes + " bytes" + rate + end(true);
    }

    private String end(boolean totals) {
        String details = handler.details(totals);
        List<String> drops = new ArrayList<>();
        for (Map.Entry<DropReason, Long> drop : channel.stats().rxDropsByReason().entrySet()) {
            drops.add("rx " + drop.getKey().label() + " " + drop.getValue());
        }
        for (Map.Entry<DropReason, Long> drop : channel.stats().txDropsByReason().entrySet()) {
            drops.add("tx " + drop.getKey().label() + " " + drop.getValue());
        }
        // Looked at while the port is open: the device's own counters end with it.
        if (channel.deviceDrops().received() > 0) {
            drops.add("rx device " + channel.deviceDrops().received());
        }
        if (channel.deviceDrops().sent() > 0) {
            drops.add("tx device " + channel.deviceDrops().sent());
        }
        return (details.isEmpty() ? "" : ", " + details) + ", drops "
            + (drops.isEmpty() ? "0" : String.join(", ", drops));
    }
}
