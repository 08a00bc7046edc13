/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
/** Programs that use Ringtap; {@code run-example.sh} starts them by name. */
package io.ringtap.examples;
