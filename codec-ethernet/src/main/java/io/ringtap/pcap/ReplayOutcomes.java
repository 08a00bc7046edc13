/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.pcap;

import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;

import java.nio.channels.ClosedChannelException;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** What became of the packets that a replay wrote. Promises are counted on event loops and read by any thread. */
final class ReplayOutcomes implements ChannelFutureListener {
    /** More than a device has; a handler may fail each frame with another message. */
    private static final int MAX_REASONS = 32;
    private static final String OTHER = "other reasons";

    private final LongAdder sent = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final Map<String, LongAdder> reasons = new ConcurrentHashMap<>();

    @Override
    public void operationComplete(ChannelFuture future) {
        if (future.isSuccess()) {
            sent.increment();
            return;
        }
        String reason = reason(future.cause());
        if (!reasons.containsKey(reason) && reasons.size() >= MAX_REASONS) {
            reason = OTHER;
        }
        reasons.computeIfAbsent(reason, none -> new LongAdder()).increment();
        // Last: a thread that sees all packets counted sees all reasons, too.
        failed.increment();
    }

    private static String reason(Throwable cause) {
        if (cause instanceof ClosedChannelException) {
            return "the channel was closed";
        }
        return cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
    }

    long sent() {
        return sent.sum();
    }

    long failed() {
        return failed.sum();
    }

    Map<String, Long> failures() {
        Map<String, Long> failures = new TreeMap<>();
        reasons.forEach((reason, count) -> failures.put(reason, count.sum()));
        return failures;
    }
}
