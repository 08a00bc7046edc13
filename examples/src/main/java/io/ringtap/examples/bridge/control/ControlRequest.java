/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.bridge.control;

/**
 * A request, as it stands in its line.
 *
 * @param command {@code port-add}, {@code port-remove}, {@code port-mute}, {@code port-unmute}, {@code port-list},
 *     {@code flush} or {@code addresses}
 * @param port the port that it is about; {@code null} for all, where that makes sense
 */
record ControlRequest(String command, String port) {
}
