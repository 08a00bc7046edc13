/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * The rings of a port and the packet buffers of its region, as the program that reads and writes them sees them.
 */
package io.ringtap.internal.netmap.ring;
