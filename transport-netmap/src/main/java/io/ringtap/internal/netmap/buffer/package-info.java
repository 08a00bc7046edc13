/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Received frames that are lent to the pipeline without a copy, and passed on by the index of their buffer. The package
 * documentation of {@code io.ringtap.netmap} has a table of who owns a buffer when.
 */
package io.ringtap.internal.netmap.buffer;
