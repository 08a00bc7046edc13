/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.bridge.view;

import java.util.List;

/**
 * A part of the stations, in an order.
 *
 * @param total how many the bridge knows
 * @param matching how many of these match what was asked for
 * @param offset how many of these come before the part
 * @param stations the part
 */
public record StationPage(int total, int matching, int offset, List<StationView> stations) {
}
