/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vhost.control;

import io.ringtap.internal.vhost.queue.VirtqueueDevice;

/**
 * A ring that has been started, as the event loop of its queue pair gets it. The descriptors stay open until the pair
 * is suspended; -1 stands for one that there is not.
 *
 * @param index the number of the ring
 * @param device what takes chains out of it
 * @param kick tells of new chains; without it, the ring has to be looked at again and again
 * @param call tells the driver of used chains; without it, the driver looks
 * @param error tells the driver that the ring has failed
 * @param enabled whether frames pass; if not, those that come are thrown away, and none is put in
 */
public record ServedRing(int index, VirtqueueDevice device, int kick, int call, int error, boolean enabled) {
}
