/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * What the author of a transport implements. A transport has an {@link io.ringtap.channel.spi.AbstractFrameChannel},
 * which opens its {@link io.ringtap.channel.spi.FrameDevice}, and a {@link io.ringtap.channel.spi.FrameTransport},
 * which lets applications open its ports by name. The channel does the rest:
 *
 * <pre>
 *   AbstractFrameChannel       what Netty expects of a channel: registration, bind, close, change of event loop
 *     ReadLoop, FrameWriter    how much one read round takes; what becomes of each flushed frame and its promise
 *     FrameIo                  how frames move: ReadinessFrameIo on any event loop, CompletionFrameIo on io_uring
 *     SignalledReadiness       tells of frames and room where a device has no descriptor to wait on
 *   FrameDevice                read, write, end of flush, close; PlainFrameDevice where one system call is one frame
 * </pre>
 *
 * <p>All of it runs on the event loop of the channel, unless a method says otherwise.
 */
package io.ringtap.channel.spi;
