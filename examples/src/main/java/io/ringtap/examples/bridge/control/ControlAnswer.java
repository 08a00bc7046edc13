/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.bridge.control;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

/**
 * The answer to a request.
 *
 * @param ok whether it was done
 * @param error why not; {@code null} if it was
 * @param result what was asked for, or changed
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record ControlAnswer(boolean ok, String error, JsonNode result) {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    static ControlAnswer done(Object result) {
        return new ControlAnswer(true, null, MAPPER.valueToTree(result));
    }

    static ControlAnswer refused(String error) {
        return new ControlAnswer(false, error, null);
    }
}
