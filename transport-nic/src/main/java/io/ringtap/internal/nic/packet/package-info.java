/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
/** Frames by a packet socket. */
package io.ringtap.internal.nic.packet;
