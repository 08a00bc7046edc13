/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.ringtap.ethernet.DropReason;
import io.ringtap.ethernet.FrameDirection;

import java.util.List;

/**
 * Hears what happens to a {@link Bridge}. Every method is called on the bridge's own thread, one after the other and in
 * the order in which things happened, after they have happened; so a slow listener delays other events, and neither
 * frames nor ports. It must not wait for a future of the bridge that a later event belongs to. What it throws is
 * logged.
 *
 * <p>{@link #stationMoved}, {@link #stationsFlap} and {@link #framesDropped} are found by looking once a second, so
 * that a storm of frames is no storm of events.
 */
public interface BridgeListener {
    /** A port is open, and part of the bridge. {@link #portDown} comes next if it carries no frames. */
    default void portOpened(BridgePort port) {
    }

    /**
     * Something speaks against forwarding the frames of a port that was opened: it is done all the same.
     *
     * @param hazard a sentence, as of {@link io.ringtap.channel.FrameChannel#forwardingHazards()}
     */
    default void portWarned(BridgePort port, String hazard) {
    }

    /** A port that was down carries frames. */
    default void portUp(BridgePort port) {
    }

    /** The device of a port carries no frames for now. The stations that were learned on it are forgotten. */
    default void portDown(BridgePort port) {
    }

    /**
     * A port is closed and no part of the bridge any more. Its {@link BridgePort#stats()} stay.
     *
     * @param cause why; {@code null} if it was removed or closed, by the bridge or by the owner of its channel
     */
    default void portGone(BridgePort port, Throwable cause) {
    }

    /** Somebody has changed the MTU of a port, in bytes. */
    default void mtuChanged(BridgePort port, int from, int to) {
    }

    /** Something has failed at a port, which goes on. */
    default void portFailed(BridgePort port, Throwable cause) {
    }

    /** A station was heard on another port than a second before. */
    default void stationMoved(Station station) {
    }

    /**
     * Stations move to and fro between ports, many times a second, as they do when there is another way round the
     * bridge: a loop. Each station is told of once, as long as it is known.
     */
    default void stationsFlap(List<Station> stations) {
    }

    /**
     * Frames were dropped at a port.
     *
     * @param direction seen from the bridge: {@link FrameDirection#OUTBOUND} for frames to be sent to the port
     * @param count how many since the last time
     */
    default void framesDropped(BridgePort port, FrameDirection direction, DropReason reason, long count) {
    }

    /** Something that the bridge does every now and then has failed. It is done again when it is due. */
    default void bridgeFailed(Throwable cause) {
    }
}
