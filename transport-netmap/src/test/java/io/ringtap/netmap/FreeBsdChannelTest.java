/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap;

import io.ringtap.testsuite.remote.RequiresFreeBsd;

/** The channel on ports of FreeBSD. */
@RequiresFreeBsd(memory = true)
class FreeBsdChannelTest extends KernelChannelTest {
}
