/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * netmap ports as channels: network cards, ports of VALE switches, and pipes. netmap is a framework for packet I/O on
 * memory that a program shares with the kernel; where the kernel has none, Ringtap has one inside the JVM.
 *
 * <h2>Layers</h2>
 * <pre>
 *   NetmapChannel, NetmapControl    this package: what an application opens
 *   NetmapTransport                 internal.netmap: ports by name, for {@link io.ringtap.channel.FramePorts}
 *   ---------------------------------------------------------------------------------------------
 *   device                          a port as the frame device of a channel
 *   buffer                          received frames that are lent to the pipeline and moved by index
 *   port                            a bound port: its registration, its mapped memory, its rings
 *   ring  |  kernel  |  embedded    slots and packet buffers | /dev/netmap | switches and pipes in the JVM
 *   driver                          what a netmap can be asked for
 *   layout                          where the fields of the structures stand
 *   ---------------------------------------------------------------------------------------------
 *   NetmapAddress, NetmapException  this package: names, values and exceptions, which all of the above use
 * </pre>
 * <p>Each package uses those below it. The packages between the lines are {@code io.ringtap.internal.netmap.*} and are
 * not for applications.
 *
 * <h2>Who owns a slot and a buffer, and when</h2>
 * <p>A ring is an array of slots. Each slot names a packet buffer by its index in the memory region of the port. The
 * slots from {@code head} up to {@code tail} belong to the channel, all others to netmap, and slots change
 * their owner only in a <em>sync</em>. Buffers that are in no slot are <em>spare</em>.
 *
 * <table>
 * <caption>A received frame</caption>
 * <tr><th>when</th><th>the slot belongs to</th><th>the buffer belongs to</th></tr>
 * <tr><td>netmap has put a frame into it</td><td>netmap, until a sync</td><td>the slot</td></tr>
 * <tr><td>after the sync</td><td>the channel</td><td>the slot</td></tr>
 * <tr>
 *   <td>lent to a {@link io.ringtap.ethernet.FrameBatch} as a handle</td>
 *   <td>netmap, from the next sync on, with a spare buffer</td>
 *   <td>the batch</td>
 * </tr>
 * <tr>
 *   <td>taken out of the batch, or read without batches, as a {@link io.netty.buffer.ByteBuf}</td>
 *   <td>netmap, from the next sync on, with a spare buffer</td>
 *   <td>whoever has the reference</td>
 * </tr>
 * <tr>
 *   <td>copied, as no spare was left or the frame has several slots</td>
 *   <td>netmap, from the next sync on</td>
 *   <td>the slot; the copy belongs to the handler</td>
 * </tr>
 * <tr>
 *   <td>the buffer or the batch is released, on any thread</td>
 *   <td></td>
 *   <td>the port: it is a spare again</td>
 * </tr>
 * <tr>
 *   <td>written to a port of the same memory region</td>
 *   <td>the transmit slot: netmap, from the sync of the flush on</td>
 *   <td>the transmit slot; the buffer that was in it becomes a spare of the receiving port</td>
 * </tr>
 * <tr>
 *   <td>written to any other channel</td>
 *   <td></td>
 *   <td>the handler, until the copy is made; then it is released</td>
 * </tr>
 * <tr>
 *   <td>the channel was closed</td>
 *   <td>nobody: its rings are gone</td>
 *   <td>whoever has the reference; the last release closes the port, see {@link
 *   io.ringtap.netmap.Netmap#pinnedPorts()}</td>
 * </tr>
 * </table>
 *
 * <p>A buffer is moved by its index only if the writer holds its only reference and its memory was not replaced; a
 * retained one is copied. After the move, the {@code ByteBuf} can only be released. A frame that is sent is in a
 * transmit slot when its promise succeeds. The slot belongs to the channel until the sync at the end of the flush.
 *
 * <p>Everything that is lent must be released before or after the channel is closed, on any thread. The memory is
 * unmapped with the last buffer. In the kernel, the rings of a closed channel stay bound until then; the embedded
 * netmap lets others bind them at once.
 */
package io.ringtap.netmap;
