/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */

/**
 * Access to the operating system for testbeds and for Ringtap's own tests: packet sockets, pairs of descriptors,
 * threads without privileges, and system calls that fail on request. {@link io.ringtap.testsuite.system.Faults}, {@link
 * io.ringtap.testsuite.system.TamperedCalls} and {@link io.ringtap.testsuite.system.MemoryInUse} replace internal
 * classes of Ringtap, and change with them.
 */
package io.ringtap.testsuite.system;
