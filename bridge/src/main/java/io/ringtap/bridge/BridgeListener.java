/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.ringtap.ethernet.DropReason;
import io.ringtap.ethernet.FrameDirection;

import java.time.Duration;
import java.util.List;

/**
 * Hears what happens to a {@link Bridge}. Every method is called on the bridge's own thread, one after the other and in
 * the order in which things happened, after they have happened; so a slow listener delays other events, and neither
 * frames nor ports. It must not wait for a future of the bridge that a later event belongs to. What it throws is
 * logged.
 *
 * <p>{@link #stationMoved}, {@link #stationsFlap}, {@link #framesDropped} and {@link #stormBegan} are found by looking
 * once a second, so that a storm of frames is no storm of events.
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

    /**
     * A port that has gone is looked for again, see {@link BridgeBuilder#reopen}, and cannot be opened for now. Told
     * once, and again when the cause is another one.
     *
     * @param port as it was asked for
     * @param next how long until the next attempt; all later ones are no more often
     */
    default void portSought(String port, Throwable cause, Duration next) {
    }

    /** Somebody has muted a port, or ended that: see {@link Bridge#mute}. */
    default void portMuted(BridgePort port, boolean muted) {
    }

    /**
     * Frames circulate through a port, as they do where there is another way round the bridge. Told once in a storm,
     * which is over when there were few signs of it for three seconds.
     *
     * @param repeated how many frames for groups came from the port in the last second that had come shortly before
     * @param moves how often stations that move to and fro have done so in the last second, between this port and
     *     others
     */
    default void stormBegan(BridgePort port, long repeated, long moves) {
    }

    /** A storm is over. Both counts are of all of it. */
    default void stormEnded(BridgePort port, long repeated, long moves) {
    }

    /** A port carries no frames for so many seconds, because of a storm: see {@link BridgeBuilder#stormBlock}. */
    default void portBlocked(BridgePort port, int seconds) {
    }

    /** A port that was blocked carries frames again, unless it is muted. */
    default void portUnblocked(BridgePort port) {
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
