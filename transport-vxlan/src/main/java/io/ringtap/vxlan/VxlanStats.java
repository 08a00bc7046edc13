/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vxlan;

/**
 * What a tunnel counts beside the frames of its channel.
 *
 * @param stations how many stations are known to be behind other ends
 * @param stationMoves how often a station was heard behind another end than before
 * @param stationsRefused how often a station was not entered, as the table was full
 * @param undelivered datagrams of which the network has told that they did not arrive
 * @param copiesLost datagrams that were not sent though others of the same frame were, as there was no room or no way
 * @param tooBigAnswers packets whose senders were told that they are too long for the tunnel
 */
public record VxlanStats(int stations, long stationMoves, long stationsRefused, long undelivered, long copiesLost,
                         long tooBigAnswers) {
}
