/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.bridge;

import io.ringtap.bridge.PortStats;
import io.ringtap.examples.ShortNumber;

/** What ports have passed and dropped that went so long ago that they are not listed any more. Not thread safe. */
final class ForgottenPorts {
    private long ports;
    private long rxFrames;
    private long rxBytes;
    private long txFrames;
    private long txBytes;
    private long drops;

    /** Adds the last counters of a port. */
    void add(PortStats last) {
        ports++;
        rxFrames += last.rxFrames();
        rxBytes += last.rxBytes();
        txFrames += last.txFrames();
        txBytes += last.txBytes();
        // What the system does not tell is below 0.
        drops += last.rxDrops().values().stream().mapToLong(Long::longValue).sum()
            + last.txDrops().values().stream().mapToLong(Long::longValue).sum() + last.reserved() + last.badSource()
            + Math.max(0, last.system().received()) + Math.max(0, last.system().sent());
    }

    boolean isEmpty() {
        return ports == 0;
    }

    /** In a line. */
    @Override
    public String toString() {
        return "and " + ports + (ports == 1 ? " port that has" : " ports that have") + " gone before: rx "
            + ShortNumber.of(rxFrames) + " frames, " + ShortNumber.of(rxBytes) + " bytes, tx "
            + ShortNumber.of(txFrames) + " frames, " + ShortNumber.of(txBytes) + " bytes, drops "
            + ShortNumber.of(drops);
    }
}
