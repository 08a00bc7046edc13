/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Virtqueues of network devices, both sides of them (virtio 1.2, sections 2.7, 2.8 and 5.1): pure memory, no system
 * call, no socket.
 *
 * <pre>
 *   FrameInput, FrameOutput        frames, vnet headers, mergeable buffers: what a channel's device uses
 *   VirtqueueDevice                takes chains that the driver has made available, and uses them; split or packed
 *   VirtqueueDriver                makes chains available, and takes used ones back; split or packed
 *   GuestMemory                    translates and checks addresses
 * </pre>
 *
 * <p>The side of the device trusts nothing of what it finds in a ring: each word that the driver writes is read once
 * and checked, a chain ends after a bounded number of descriptors and bytes, and a ring that cannot be stops the queue
 * with a {@link io.ringtap.internal.vhost.queue.QueueFault}. The side of the driver does the same with what a device
 * writes.
 */
package io.ringtap.internal.vhost.queue;
