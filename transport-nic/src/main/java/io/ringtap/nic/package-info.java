/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Network interfaces that exist on a Linux host, such as a card, as Netty channels: {@link
 * io.ringtap.nic.PacketChannel} by a packet socket, bound to a {@link io.ringtap.nic.PacketAddress}, and {@link
 * io.ringtap.nic.XdpChannel} by an AF_XDP socket, bound to an {@link io.ringtap.nic.XdpAddress}.
 *
 * <pre>
 *      pipeline                  handlers of the application: one ByteBuf a frame
 *   --------------
 *   PacketChannel, XdpChannel    the configuration, and events such as LinkDown
 *   --------------
 *   AbstractFrameChannel         reading, writing and closing, the same for every transport
 *   --------------
 *   packet socket, rings         several frames with one system call, or in memory that the kernel shares
 *   --------------
 *      kernel                    the network interface; the network stack of the host
 * </pre>
 *
 * <p>What arrives at the interface is read from the channel, and what is written to the channel leaves through the
 * interface. The network stack of the host goes on receiving the frames that a packet socket gets copies of, and does
 * not receive those that an AF_XDP socket takes.
 */
package io.ringtap.nic;
