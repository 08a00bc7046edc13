/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Tap and TUN devices as Netty channels: {@link io.ringtap.tap.TapChannel} for Ethernet frames, bound to a {@link
 * io.ringtap.tap.TapAddress}, and {@link io.ringtap.tap.TunChannel} for IP packets, bound to a {@link
 * io.ringtap.tap.TunAddress}.
 *
 * <pre>
 *      pipeline          handlers of the application: one ByteBuf a frame
 *   --------------
 *   TapChannel, TunChannel      the configuration, and events such as LinkDown
 *   --------------
 *   AbstractFrameChannel        reading, writing and closing, the same for every transport
 *   --------------
 *   Linux, FreeBSD, macOS       the device: one system call a frame, and its options
 *   --------------
 *      kernel            the network interface of the host, with its IP addresses and routes
 * </pre>
 *
 * <p>What the host sends to its interface is read from the channel, and what is written to the channel the host
 * receives.
 */
package io.ringtap.tap;
