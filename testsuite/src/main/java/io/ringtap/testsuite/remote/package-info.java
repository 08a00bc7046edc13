/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */

/**
 * Ringtap on the kernel of another machine. An agent there executes system calls that arrive over TCP, and {@link
 * io.ringtap.testsuite.remote.RemoteLibC} sends it those that Ringtap makes in this JVM: so the suites run on a real
 * FreeBSD kernel where there is no JVM. {@code docs/freebsd.md} says how to run them and has the protocol.
 *
 * <p>A class of tests is annotated with {@link io.ringtap.testsuite.remote.RequiresFreeBsd}.
 */
package io.ringtap.testsuite.remote;
