/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.netty.channel.ChannelPipeline;
import io.ringtap.ethernet.FaultInjector;
import io.ringtap.ethernet.RateLimiter;

import java.util.Map;
import java.util.TreeMap;

/**
 * What stands between a port's channel and the bridge if its options ask for it: a rate, and nearest to the channel, as
 * a bad cable would be, faults.
 */
final class PortConditions {
    private final PortOptions options;
    private volatile FaultInjector injector;
    private volatile RateLimiter limiter;

    PortConditions(PortOptions options) {
        this.options = options;
    }

    /** Adds the handlers to a pipeline, before another handler. */
    void addTo(ChannelPipeline pipeline, String before, int vnetHeaderLength) {
        if (options.fault() != null) {
            injector = new FaultInjector(options.fault(), vnetHeaderLength);
            pipeline.addBefore(before, null, injector);
        }
        if (options.rate() != null) {
            limiter = new RateLimiter(options.rate(), vnetHeaderLength);
            pipeline.addBefore(before, null, limiter);
        }
    }

    /** Whether a write may fail because of them, which is counted here and no news to the bridge. */
    boolean mayRefuse() {
        return options.rate() != null;
    }

    /** What they have done so far, {@code fault dropped} 12 times; only those that the port has. Any thread. */
    Map<String, Long> counts() {
        Map<String, Long> counts = new TreeMap<>();
        FaultInjector faults = injector;
        if (faults != null) {
            counts.put("fault dropped", faults.dropped());
            counts.put("fault corrupted", faults.corrupted());
            counts.put("fault duplicated", faults.duplicated());
            counts.put("fault reordered", faults.reordered());
            counts.put("fault delayed", faults.delayed());
            counts.put("fault overflowed", faults.overflowed());
        }
        RateLimiter rates = limiter;
        if (rates != null) {
            counts.put("rate dropped", rates.dropped());
        }
        return counts;
    }
}
