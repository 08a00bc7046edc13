/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */

/**
 * What a browser and Prometheus see of a bridge, over HTTP: a page, its numbers as JSON, metrics, events. It changes
 * nothing. It runs on an event loop of its own, and sees what {@link io.ringtap.examples.bridge.view} remembers.
 */
package io.ringtap.examples.bridge.http;
