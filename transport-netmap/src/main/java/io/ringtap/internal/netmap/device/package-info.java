/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
/** A port as the frame device of a channel. */
package io.ringtap.internal.netmap.device;
