/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.bridge.view;

import com.fasterxml.jackson.annotation.JsonInclude;

/**
 * Something that has happened to a bridge, once or several times within a second.
 *
 * @param id counts up by 1 from event to event
 * @param time milliseconds since 1970
 * @param kind such as {@code port-gone}
 * @param port the name of the port; {@code null} if it is about none
 * @param text a sentence
 * @param count how often it happened, or of how many frames it tells
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record LoggedEvent(long id, long time, String kind, String port, String text, long count) {
}
