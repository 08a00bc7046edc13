/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Received frames lent to the pipeline without a copy, and passed on by the index of their buffer.
 */
package io.ringtap.internal.netmap.buffer;
