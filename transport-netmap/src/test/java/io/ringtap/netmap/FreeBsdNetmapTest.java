/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap;

import io.ringtap.testsuite.remote.RequiresFreeBsd;

/** The kernel's netmap as FreeBSD has it. */
@RequiresFreeBsd(memory = true)
class FreeBsdNetmapTest extends KernelNetmapTest {
}
