/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */

/**
 * Meters of a bridge for Micrometer, an optional dependency. No other package of this module needs Micrometer.
 */
package io.ringtap.bridge.metrics;
