/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Ethernet frames as Netty channels, whatever carries them.
 *
 * <pre>
 *   ChannelPipeline            messages are frames: a ByteBuf each, or a FrameBatch of them
 *   AbstractFrameChannel       Netty's contract, budget, promises, statistics
 *   FrameIo                    how frames move: by readiness, or by completion
 *   FrameDevice                one backend: what bhyve calls struct net_backend
 *   Readiness (io.ringtap.loop), system calls (io.ringtap.unix)
 * </pre>
 */
package io.ringtap.channel;
