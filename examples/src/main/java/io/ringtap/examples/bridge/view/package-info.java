/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */

/** What a bridge is doing, as values that are read by other threads and written as JSON. */
package io.ringtap.examples.bridge.view;
