/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * What a netmap can be asked for: the interface between the code that moves frames, above, and the kernel's netmap and
 * the embedded one, below.
 */
package io.ringtap.internal.netmap.driver;
