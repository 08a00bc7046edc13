/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap;

import io.ringtap.testsuite.remote.RequiresFreeBsd;

/** Monitors of ports of FreeBSD. */
@RequiresFreeBsd(memory = true)
class FreeBsdMonitorTest extends KernelMonitorTest {
}
