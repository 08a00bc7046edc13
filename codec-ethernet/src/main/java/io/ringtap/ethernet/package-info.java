/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Ethernet frames: addresses, a view of the header over any {@link io.netty.buffer.ByteBuf}, and handlers that stand in
 * a pipeline whose messages are frames, or batches of frames. No operating system and no foreign functions below this
 * line.
 */
package io.ringtap.ethernet;
