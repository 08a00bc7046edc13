/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.netty.channel.ChannelPipeline;
import io.ringtap.channel.FramePort;
import io.ringtap.ethernet.FaultInjector;
import io.ringtap.ethernet.FaultSpec;
import io.ringtap.ethernet.RateLimiter;
import io.ringtap.ethernet.RateSpec;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * What stands between a port's channel and the bridge, if its keys ask for it: {@code rate=}, and nearest to the
 * channel, as a bad cable would be, {@code fault=}. Their parts are parted by {@code +}, as commas part the keys.
 */
public final class PortConditions {
    /** The keys that a port may have for this. */
    static final Set<String> KEYS = Set.of("fault", "rate");

    private final FaultSpec fault;
    private final RateSpec rate;
    private volatile FaultInjector injector;
    private volatile RateLimiter limiter;

    private PortConditions(FaultSpec fault, RateSpec rate) {
        this.fault = fault;
        this.rate = rate;
    }

    /**
     * Reads the keys of a port.
     *
     * @throws IllegalArgumentException if they cannot be read, naming the port and the part that is wrong
     */
    static PortConditions of(FramePort port) {
        return new PortConditions(read(port, "fault", FaultSpec::parse), read(port, "rate", RateSpec::parse));
    }

    private static <T> T read(FramePort port, String key, Function<String, T> parser) {
        String value = port.others().get(key);
        if (value == null) {
            return null;
        }
        try {
            return parser.apply(value.replace('+', ','));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("port " + port + ": " + e.getMessage(), e);
        }
    }

    /** Adds the handlers to a new channel's pipeline. */
    void addTo(ChannelPipeline pipeline, int vnetHeaderLength) {
        if (fault != null) {
            injector = new FaultInjector(fault, vnetHeaderLength);
            pipeline.addLast(injector);
        }
        if (rate != null) {
            limiter = new RateLimiter(rate, vnetHeaderLength);
            pipeline.addLast(limiter);
        }
    }

    /** Whether a write may fail because of them, which is counted here and no news to the bridge. */
    boolean mayRefuse() {
        return rate != null;
    }

    /** Adds what they have done so far, {@code fault dropped 12}, to a list. Any thread. */
    public void report(List<String> lines) {
        FaultInjector faults = injector;
        if (faults != null) {
            Map<String, Long> counters = Map.of("dropped", faults.dropped(), "corrupted", faults.corrupted(),
                "duplicated", faults.duplicated(), "reordered", faults.reordered(), "delayed", faults.delayed(),
                "overflowed", faults.overflowed());
            counters.entrySet().stream().filter(counter -> counter.getValue() > 0).sorted(Map.Entry.comparingByKey())
                .forEach(counter -> lines.add("fault " + counter.getKey() + " " + counter.getValue()));
        }
        RateLimiter rates = limiter;
        if (rates != null && rates.dropped() > 0) {
            lines.add("rate dropped " + rates.dropped());
        }
    }
}
