/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
/** The netmap of the operating system's kernel, by {@code ioctl} and {@code mmap} on {@code /dev/netmap}. */
package io.ringtap.internal.netmap.kernel;
