/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
/** The transport of network interfaces behind {@code io.ringtap.nic}. Not for applications. */
package io.ringtap.internal.nic;
