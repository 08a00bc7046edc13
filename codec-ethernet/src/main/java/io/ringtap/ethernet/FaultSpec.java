/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.ethernet;

import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/**
 * What a {@link FaultInjector} does to frames. Probabilities are from 0 to 1 and independent of one another.
 *
 * @param drop the share of frames that vanish
 * @param corrupt the share of frames in which one bit is flipped
 * @param duplicate the share of frames that arrive twice
 * @param reorder the share of frames that the next frame overtakes
 * @param delayNanos how long delayed frames are held back
 * @param delayProbability the share of frames that are delayed; below 1 the others overtake them
 * @param limit the most frames held back at once in one direction; what exceeds it is dropped and counted
 * @param seed the same seed gives the same faults to the same sequence of frames
 * @param directions which way frames must go to be touched
 */
public record FaultSpec(double drop, double corrupt, double duplicate, double reorder, long delayNanos,
                        double delayProbability, int limit, long seed, Set<FrameDirection> directions) {
    private static final String KNOWN =
        "drop, corrupt, duplicate, reorder (each a probability), delay=TIME[@PROBABILITY], limit, seed, direction";

    /** Checks every part. */
    public FaultSpec {
        checkProbability("drop", drop);
        checkProbability("corrupt", corrupt);
        checkProbability("duplicate", duplicate);
        checkProbability("reorder", reorder);
        checkProbability("delayProbability", delayProbability);
        if (delayNanos < 0) {
            throw new IllegalArgumentException("delay of " + delayNanos + " ns is negative");
        }
        if (limit < 1) {
            throw new IllegalArgumentException("limit " + limit + " is below 1");
        }
        directions = Set.copyOf(directions);
    }

    private static void checkProbability(String name, double probability) {
        if (!(probability >= 0 && probability <= 1)) {
            throw new IllegalArgumentException(name + " " + probability + " is not within 0 to 1");
        }
    }

    /**
     * Reads {@code drop=0.01,corrupt=0.001,duplicate=0.01,reorder=0.05,delay=5ms@0.5,limit=1000,seed=42,direction=in}.
     * Every part may be left out: no faults, a limit of 1000 frames, a random seed, both directions. Times are in ns,
     * us, ms or s; {@code delay=5ms} delays every frame.
     *
     * @throws IllegalArgumentException if the text is anything else; the message names the part and what it takes
     */
    public static FaultSpec parse(String spec) {
        double drop = 0;
        double corrupt = 0;
        double duplicate = 0;
        double reorder = 0;
        long delayNanos = 0;
        double delayProbability = 1;
        int limit = 1000;
        long seed = ThreadLocalRandom.current().nextLong();
        Set<FrameDirection> directions = EnumSet.allOf(FrameDirection.class);
        SpecParser parser = new SpecParser("fault", spec);
        while (parser.next()) {
            switch (parser.key()) {
                case "drop" -> drop = parser.probability();
                case "corrupt" -> corrupt = parser.probability();
                case "duplicate" -> duplicate = parser.probability();
                case "reorder" -> reorder = parser.probability();
                case "delay" -> {
                    int at = parser.value().indexOf('@');
                    delayNanos = parser.nanos(at < 0 ? parser.value() : parser.value().substring(0, at));
                    delayProbability = at < 0 ? 1 : parser.probability(parser.value().substring(at + 1));
                }
                case "limit" -> limit = (int) parser.integer(1, 1_000_000);
                case "seed" -> seed = parser.integer(Long.MIN_VALUE, Long.MAX_VALUE);
                case "direction" -> directions = parser.directions();
                default -> throw parser.unknown(KNOWN);
            }
        }
        return new FaultSpec(drop, corrupt, duplicate, reorder, delayNanos, delayProbability, limit, seed, directions);
    }
}
