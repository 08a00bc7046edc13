/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
/** The rings of a port and the packet buffers of its region, as the program sees them that reads and writes frames. */
package io.ringtap.internal.netmap.ring;
