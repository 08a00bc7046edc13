/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */

/**
 * What testbeds and Ringtap's own tests do to the operating system: packet sockets and pairs of descriptors, threads
 * without privileges, and system calls that fail when a test wants it so.
 */
package io.ringtap.testsuite.system;
