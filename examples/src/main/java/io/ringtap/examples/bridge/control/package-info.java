/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */

/**
 * Changes a bridge while it runs, over a Unix socket: a line of JSON is a request, and a line of JSON its answer. Who
 * may write to the socket may change the bridge.
 */
package io.ringtap.examples.bridge.control;
