/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vxlan;

import java.util.concurrent.atomic.LongAdder;

/** What a tunnel counts beside the frames of its channel. Any thread. */
public final class TunnelCounters {
    private final LongAdder undelivered = new LongAdder();
    private final LongAdder copiesLost = new LongAdder();
    private final LongAdder tooBigAnswers = new LongAdder();

    /** All zero. */
    public TunnelCounters() {
    }

    void countUndelivered() {
        undelivered.increment();
    }

    void countCopiesLost(int datagrams) {
        copiesLost.add(datagrams);
    }

    void countTooBigAnswer() {
        tooBigAnswers.increment();
    }

    /** Datagrams of which the network has told that they did not arrive. */
    public long undelivered() {
        return undelivered.sum();
    }

    /** Datagrams that were not sent though others with the same frame were, as there was no room or no way. */
    public long copiesLost() {
        return copiesLost.sum();
    }

    /** Packets whose senders were told that they are too long. */
    public long tooBigAnswers() {
        return tooBigAnswers.sum();
    }
}
