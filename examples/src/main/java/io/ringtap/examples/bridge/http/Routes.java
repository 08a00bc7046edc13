/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.bridge.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.ringtap.examples.bridge.view.BridgeState;
import io.ringtap.examples.bridge.view.BridgeView;
import io.ringtap.examples.bridge.view.BridgeView.StationOrder;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;

/** What is found under which path. */
final class Routes {
    /** The path of the events, which are a stream and no answer. */
    static final String EVENTS = "/events";

    private static final String JSON = "application/json";
    private static final String PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";
    private static final int MAX_PARAMETERS = 8;
    private static final int MAX_STATIONS = 1 << 20;

    private final ObjectMapper mapper = new ObjectMapper();
    private final WebPage page = new WebPage();
    private final BridgeView view;
    private final Supplier<String> metrics;

    /**
     * Routes to a bridge.
     *
     * @param metrics makes the text of {@code /metrics}
     */
    Routes(BridgeView view, Supplier<String> metrics) {
        this.view = view;
        this.metrics = metrics;
    }

    /** Answers a GET. */
    Answer answer(String uri) {
        if (!uri.startsWith("/")) {
            return Answer.of(HttpResponseStatus.BAD_REQUEST, "a path begins with /");
        }
        QueryStringDecoder query = new QueryStringDecoder(uri, StandardCharsets.UTF_8, true, MAX_PARAMETERS);
        // As it was sent: no encoded or relative path is another name for one of these.
        String path = query.rawPath();
        try {
            return switch (path) {
                case "/metrics" -> Answer.of(PROMETHEUS, metrics.get().getBytes(StandardCharsets.UTF_8));
                case "/health" -> health();
                case "/ports" -> json(view.state());
                case "/addresses" -> stations(query.parameters());
                default -> {
                    Answer file = page.file(path);
                    yield file != null ? file : Answer.of(HttpResponseStatus.NOT_FOUND, "there is nothing here: try /,"
                        + " /ports, /addresses, /events, /health or /metrics");
                }
            };
        } catch (IllegalArgumentException wrong) {
            return Answer.of(HttpResponseStatus.BAD_REQUEST, String.valueOf(wrong.getMessage()));
        }
    }

    /** The state of the bridge, as an event of the stream has it. */
    byte[] state() {
        return bytes(view.state());
    }

    /** One value as JSON. */
    byte[] bytes(Object value) {
        try {
            return mapper.writeValueAsBytes(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private Answer json(Object value) {
        return Answer.of(JSON, bytes(value));
    }

    private Answer health() {
        BridgeState state = view.state();
        return json(Map.of("status", "up", "uptimeSeconds", state.uptimeSeconds(),
            "ports", state.ports().stream().filter(port -> !port.state().equals("gone")).count(),
            "portsUp", state.ports().stream().filter(port -> port.state().equals("up")).count()));
    }

    private Answer stations(Map<String, List<String>> parameters) {
        for (String name : parameters.keySet()) {
            if (!List.of("match", "order", "offset", "limit").contains(name)) {
                throw new IllegalArgumentException("unknown parameter: there are match, order, offset and limit");
            }
        }
        return json(view.stations(value(parameters, "match", ""), order(value(parameters, "order", "address")),
            number(parameters, "offset", 0), number(parameters, "limit", MAX_STATIONS)));
    }

    private static String value(Map<String, List<String>> parameters, String name, String otherwise) {
        return parameters.containsKey(name) ? parameters.get(name).get(0) : otherwise;
    }

    private static StationOrder order(String name) {
        try {
            return StationOrder.valueOf(name.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("order: address, port, age or moves");
        }
    }

    private static int number(Map<String, List<String>> parameters, String name, int otherwise) {
        String text = value(parameters, name, "" + otherwise);
        if (!text.matches("[0-9]{1,7}")) {
            throw new IllegalArgumentException(name + ": a number of up to 7 digits");
        }
        return Integer.parseInt(text);
    }
}
