/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
/** A bound port: its registration, its mapped region and its rings; and which ports this JVM has open. */
package io.ringtap.internal.netmap.port;
