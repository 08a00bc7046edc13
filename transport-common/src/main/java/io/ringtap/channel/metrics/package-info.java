/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */

/**
 * Meters for Micrometer, an optional dependency: of a frame channel, and of event loops. No other package needs
 * Micrometer. The names are dotted, in lower case, and without units, which a registry adds as its system has them:
 * {@code ringtap.channel.frames} is {@code ringtap_channel_frames_total} to Prometheus.
 */
package io.ringtap.channel.metrics;
