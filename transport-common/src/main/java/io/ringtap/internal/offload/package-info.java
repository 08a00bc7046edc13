/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Frames that the network stack of Linux has left unfinished, as a device of a transport receives them: super-frames
 * and partial checksums. Exported to Ringtap's own modules alone.
 */
package io.ringtap.internal.offload;
