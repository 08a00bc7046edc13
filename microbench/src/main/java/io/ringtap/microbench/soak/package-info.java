/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Soak tests: attacks and loads that a bridge has to survive, and how much they slow down others that use the bridge.
 */
package io.ringtap.microbench.soak;
