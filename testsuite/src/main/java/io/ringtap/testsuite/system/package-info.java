/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */

/**
 * What testbeds and Ringtap's own tests do to the operating system: packet sockets and pairs of descriptors, threads
 * without privileges, and system calls that fail when a test wants it so. {@link
 * io.ringtap.testsuite.system.Faults}, {@link io.ringtap.testsuite.system.TamperedCalls} and {@link
 * io.ringtap.testsuite.system.MemoryInUse} take the place of Ringtap's own system calls; they change with Ringtap.
 */
package io.ringtap.testsuite.system;
