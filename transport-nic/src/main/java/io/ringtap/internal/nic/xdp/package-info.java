/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
/** Frames by an AF_XDP socket: its program, its rings and its memory. */
package io.ringtap.internal.nic.xdp;
