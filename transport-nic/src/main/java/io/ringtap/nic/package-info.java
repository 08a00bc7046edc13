/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Network interfaces that exist on a Linux host, such as a card, as Netty channels: {@link
 * io.ringtap.nic.PacketChannel} by a packet socket, bound to a {@link io.ringtap.nic.PacketAddress}.
 *
 * <pre>
 *      pipeline          handlers of the application: one ByteBuf a frame
 *   --------------
 *   PacketChannel        the configuration, and events such as LinkDown
 *   --------------
 *   AbstractFrameChannel reading, writing and closing, the same for every transport
 *   --------------
 *   packet socket        several frames with one system call, and what the kernel tells beside a frame
 *   --------------
 *      kernel            the network interface; the network stack of the host
 * </pre>
 *
 * <p>What arrives at the interface is read from the channel, and what is written to the channel leaves through the
 * interface. The network stack of the host goes on receiving the same frames: a packet socket gets copies.
 */
package io.ringtap.nic;
