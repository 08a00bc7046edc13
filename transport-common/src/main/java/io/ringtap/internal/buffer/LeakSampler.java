/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.buffer;

import io.netty.util.ResourceLeakDetector;
import io.netty.util.internal.SystemPropertyUtil;

/**
 * Chooses which hand-outs of a buffer that is used again and again get a leak record: all at {@link
 * ResourceLeakDetector.Level#PARANOID}, none at {@code DISABLED}, and one in so many between, as many as Netty's
 * allocators ({@code io.netty.leakDetection.samplingInterval}, 128 unless set). A leak record belongs to one object,
 * so whoever asks makes an object for each hand-out that {@link #isDue} says yes to, and none for the others.
 *
 * <p>A change of the level is noticed after as many hand-outs. Not thread safe. For the authors of devices.
 */
public final class LeakSampler {
    private static final int INTERVAL =
        Math.max(1, SystemPropertyUtil.getInt("io.netty.leakDetection.samplingInterval", 128));

    private int untilDue;

    /** Whether the next hand-out is to be tracked. Call it once for each. */
    public boolean isDue() {
        return --untilDue < 0 && isDueByLevel();
    }

    private boolean isDueByLevel() {
        ResourceLeakDetector.Level level = ResourceLeakDetector.getLevel();
        untilDue = level == ResourceLeakDetector.Level.PARANOID ? 0 : INTERVAL - 1;
        return level != ResourceLeakDetector.Level.DISABLED;
    }

    /** Whether a leak record is to say where its object was touched: at the level {@code ADVANCED} and above. */
    public static boolean isRecording() {
        return ResourceLeakDetector.getLevel().ordinal() >= ResourceLeakDetector.Level.ADVANCED.ordinal();
    }
}
