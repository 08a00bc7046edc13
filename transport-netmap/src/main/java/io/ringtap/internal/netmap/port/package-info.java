/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * A bound port: its registration, its mapped region, its rings.
 */
package io.ringtap.internal.netmap.port;
