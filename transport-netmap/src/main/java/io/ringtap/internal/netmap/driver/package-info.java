/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * What a netmap can be asked for: the seam between the kernel's netmap and the embedded one below, and the code that
 * moves frames above.
 */
package io.ringtap.internal.netmap.driver;
