/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.ethernet;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/**
 * What a {@link RateLimiter} lets through: bytes, frames, or both. A frame's bytes are counted from its destination
 * address on, without preamble, frame check sequence and vnet header.
 *
 * @param bitsPerSecond the rate of bits, 0 for no limit
 * @param framesPerSecond the rate of frames, 0 for no limit
 * @param burstBytes how many bytes may pass at once after a silence; a longer frame passes when the bucket is full, and
 *     the bytes above are owed
 * @param burstFrames how many frames may pass at once after a silence
 * @param queue the most frames that wait in one direction; what exceeds it is dropped and counted
 * @param directions which way frames must go to be limited, each with a bucket of its own
 */
public record RateSpec(long bitsPerSecond, long framesPerSecond, int burstBytes, int burstFrames, int queue,
                       Set<FrameDirection> directions) {
    private static final String KNOWN =
        "a rate such as 10mbit or 5000pps, burst, burst-frames, queue, direction";
    private static final String[] UNITS = {"gbit", "mbit", "kbit", "bit", "mpps", "kpps", "pps"};
    private static final double[] FACTORS = {1e9, 1e6, 1e3, 1, 1e6, 1e3, 1};
    private static final int DEFAULT_BURST_BYTES = 64 << 10;
    private static final int BURSTS_PER_SECOND = 100;

    /** Checks every part. */
    public RateSpec {
        if (bitsPerSecond < 0 || framesPerSecond < 0 || bitsPerSecond == 0 && framesPerSecond == 0) {
            throw new IllegalArgumentException("no rate: " + bitsPerSecond + " bit/s, " + framesPerSecond + " pps");
        }
        if (burstBytes < 1 || burstFrames < 1) {
            throw new IllegalArgumentException("no burst: " + burstBytes + " bytes, " + burstFrames + " frames");
        }
        if (queue < 0) {
            throw new IllegalArgumentException("queue " + queue + " is negative");
        }
        directions = Set.copyOf(directions);
    }

    /**
     * Reads {@code 10mbit,5000pps,burst=64k,burst-frames=50,queue=1000,direction=both}. One rate, of bits (bit, kbit,
     * mbit, gbit: powers of 1000) or of frames (pps, kpps, mpps), has to be there. Left out, burst is 64 KiB or what
     * 10 ms bring if that is more, burst-frames what 10 ms bring, queue 1000 frames, direction out. A burst below what
     * the rate brings between two wake-ups of the event loop, about 1 ms, lowers the rate.
     *
     * @throws IllegalArgumentException if the text is anything else; the message names the part and what it takes
     */
    public static RateSpec parse(String spec) {
        long bits = 0;
        long frames = 0;
        int burstBytes = 0;
        int burstFrames = 0;
        int queue = 1000;
        Set<FrameDirection> directions = EnumSet.of(FrameDirection.OUTBOUND);
        SpecParser parser = new SpecParser("rate", spec);
        while (parser.next()) {
            switch (parser.key()) {
                case "" -> {
                    double rate = SpecParser.scaled(parser.value(), UNITS, FACTORS);
                    if (!(rate >= 1 && rate <= 1e12)) {
                        throw parser.unknown(KNOWN);
                    }
                    boolean ofFrames = parser.value().toLowerCase(Locale.ROOT).endsWith("pps");
                    if ((ofFrames ? frames : bits) != 0) {
                        throw parser.error("a second rate of " + (ofFrames ? "frames" : "bits") + ": '"
                            + parser.value() + "'");
                    }
                    if (ofFrames) {
                        frames = (long) rate;
                    } else {
                        bits = (long) rate;
                    }
                }
                case "burst" -> burstBytes = parser.bytes();
                case "burst-frames" -> burstFrames = (int) parser.integer(1, 1_000_000);
                case "queue" -> queue = (int) parser.integer(0, 1_000_000);
                case "direction" -> directions = parser.directions();
                default -> throw parser.unknown(KNOWN);
            }
        }
        if (bits == 0 && frames == 0) {
            throw parser.error("a rate is missing, such as 10mbit or 5000pps");
        }
        if (burstBytes == 0) {
            burstBytes = (int) Math.min(Integer.MAX_VALUE, Math.max(DEFAULT_BURST_BYTES, bits / 8 / BURSTS_PER_SECOND));
        }
        if (burstFrames == 0) {
            burstFrames = (int) Math.min(Integer.MAX_VALUE, Math.max(1, frames / BURSTS_PER_SECOND));
        }
        return new RateSpec(bits, frames, burstBytes, burstFrames, queue, directions);
    }
}
