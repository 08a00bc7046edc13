/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.bridge.view;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.ringtap.bridge.Station;

/**
 * A station at one moment.
 *
 * @param address its address
 * @param port the port that it is behind
 * @param age how many seconds ago it was heard last
 * @param moves how often it has moved
 * @param movedFrom from where it moved last; {@code null} if it has not
 * @param isStatic whether somebody has set it
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record StationView(String address, String port, int age, long moves, String movedFrom,
                          @JsonProperty("static") boolean isStatic) {
    static StationView of(Station station) {
        return new StationView(station.address().toString(), station.port().name(), station.ageSeconds(),
            station.moves(), station.movedFrom() == null ? null : station.movedFrom().name(), station.isStatic());
    }
}
