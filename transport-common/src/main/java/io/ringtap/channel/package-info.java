/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Frames as Netty channels, whatever carries them: what an application sees of any transport. It sets {@link
 * io.ringtap.channel.FrameChannelOption options}, binds a channel or opens a port by its name with {@link
 * io.ringtap.channel.FramePorts}, and reads counters and events. {@link io.ringtap.channel.FrameFrontEnd} gives it
 * frames of one form, whatever virtio-net header its port has.
 *
 * <pre>
 *   ChannelPipeline            messages are frames: a ByteBuf each, or a FrameBatch of them
 *   FrameFrontEnd              this package: handlers between the form of the port and that of the application
 *   FrameChannel               this package: options, counters, events
 *   AbstractFrameChannel       io.ringtap.channel.spi: Netty's contract, budget, promises
 *   FrameDevice                io.ringtap.channel.spi: one open device of a transport
 *   Readiness                  io.ringtap.loop: one descriptor on one event loop
 * </pre>
 */
package io.ringtap.channel;
