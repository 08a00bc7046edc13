/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;

/**
 * Finds storms: frames that circulate, as there is another way round the bridge. The signs are frames for groups that
 * come to a port again and again, and stations that move to and fro between ports. One thread, which looks about once a
 * second.
 *
 * <p>If it is to block, it blocks the port where most frames are repeated, and one port at a time: to take one port out
 * cuts the loop, and the others carry frames. Another one is blocked if the storm goes on without the first.
 */
final class StormDetector {
    /** Looks without a sign after which a storm is over. */
    static final int CALM_LOOKS = 3;

    private final int rate;
    private final int blockSeconds;
    private final ToLongFunction<BridgePort> moves;
    private final Actions actions;
    private Map<BridgePort, Watched> watched = new HashMap<>();

    /** What comes of it. */
    interface Actions {
        /** A storm has begun; both counts are of the last second. */
        void began(BridgePort port, long repeated, long moves);

        /** It is over; both counts are of all of it. */
        void ended(BridgePort port, long repeated, long moves);

        void block(BridgePort port);

        void unblock(BridgePort port);
    }

    /** What is known of a port. */
    private static final class Watched {
        private long repeatedBefore;
        private long repeated;
        private long moves;
        private boolean inStorm;
        private int calmLooks;
        private long repeatedInStorm;
        private long movesInStorm;
        private int blockedUntil;
        private boolean blocked;
    }

    /**
     * A detector.
     *
     * @param rate from how many signs of one kind a second on there is a storm
     * @param blockSeconds how long to block a port, 0 not to
     * @param moves how often stations have moved to and fro between a port and others since the last look
     */
    StormDetector(int rate, int blockSeconds, ToLongFunction<BridgePort> moves, Actions actions) {
        this.rate = rate;
        this.blockSeconds = blockSeconds;
        this.moves = moves;
        this.actions = actions;
    }

    /**
     * Looks at what has come since the last look.
     *
     * @param now in seconds
     */
    void look(List<BridgePort> ports, int now) {
        Map<BridgePort, Watched> next = new HashMap<>();
        BridgePort worst = null;
        boolean calming = false;
        for (BridgePort port : ports) {
            Watched seen = watched.getOrDefault(port, new Watched());
            next.put(port, seen);
            long count = port.repeated();
            seen.repeated = count - seen.repeatedBefore;
            seen.repeatedBefore = count;
            seen.moves = moves.applyAsLong(port);
            judge(port, seen);
            if (seen.blocked && now - seen.blockedUntil >= 0) {
                seen.blocked = false;
                actions.unblock(port);
            }
            // What it was blocked for shows at the other ports in the next second only.
            calming |= seen.blocked && seen.blockedUntil - now >= blockSeconds - 1;
            if (seen.inStorm && seen.calmLooks == 0 && !seen.blocked
                && (worst == null || isWorse(seen, next.get(worst)))) {
                worst = port;
            }
        }
        watched = next;
        if (worst != null && blockSeconds > 0 && !calming) {
            Watched blocked = next.get(worst);
            blocked.blocked = true;
            blocked.blockedUntil = now + blockSeconds;
            actions.block(worst);
        }
    }

    private void judge(BridgePort port, Watched seen) {
        boolean signs = seen.repeated >= rate || seen.moves >= rate;
        seen.repeatedInStorm += seen.repeated;
        seen.movesInStorm += seen.moves;
        if (signs) {
            seen.calmLooks = 0;
            if (!seen.inStorm) {
                seen.inStorm = true;
                seen.repeatedInStorm = seen.repeated;
                seen.movesInStorm = seen.moves;
                actions.began(port, seen.repeated, seen.moves);
            }
        } else if (seen.inStorm && ++seen.calmLooks >= CALM_LOOKS) {
            seen.inStorm = false;
            actions.ended(port, seen.repeatedInStorm, seen.movesInStorm);
        }
    }

    /** The later one of two that are alike: what was there first is more likely the way to everybody else. */
    private static boolean isWorse(Watched one, Watched other) {
        return one.repeated > other.repeated || one.repeated == other.repeated && one.moves >= other.moves;
    }
}
