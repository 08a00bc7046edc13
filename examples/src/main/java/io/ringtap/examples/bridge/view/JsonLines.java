/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.bridge.view;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;

/**
 * What happens, and the counters, as JSON: an object in each line, {@code {"time": ..., "event": "port-down", "port":
 * "tap:t0", "text": ...}} or {@code {"time": ..., "stats": ...}}, where the counters are a {@link BridgeState}. Any
 * thread.
 */
public final class JsonLines {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private JsonLines() {
    }

    /** A line; what is {@code null} is left out. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Line(String time, String event, String port, String text, BridgeState stats) {
    }

    /**
     * Something that has happened.
     *
     * @param port its name; {@code null} if it is about none
     */
    public static String event(String time, String kind, String port, String text) {
        return text(new Line(time, kind, port, text, null));
    }

    /** The counters of a bridge now. */
    public static String stats(String time, BridgeView bridge) {
        return text(new Line(time, null, null, null, bridge.state()));
    }

    private static String text(Line line) {
        try {
            return MAPPER.writeValueAsString(line);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("the line is no JSON", e);
        }
    }
}
