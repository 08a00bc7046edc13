/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
/** The command line of the bridge, its report, and a demo of it that needs nothing but this machine. */
package io.ringtap.examples.bridge;
