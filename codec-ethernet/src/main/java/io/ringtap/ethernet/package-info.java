/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Ethernet frames and IP packets: addresses, views of the headers over any {@link io.netty.buffer.ByteBuf}, and
 * handlers for pipelines whose messages are frames, or batches of frames. This package uses no operating system and no
 * foreign functions.
 *
 * <p>An application's own handler extends {@link io.ringtap.ethernet.FrameHandler}, which takes frames alone and in
 * batches; {@link io.ringtap.ethernet.UnbatchingHandler} stands in front of handlers that know single frames only.
 */
package io.ringtap.ethernet;
