/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel;

/**
 * Frames that the operating system dropped at a device since its channel was opened, where Ringtap could not count
 * them: what a persistent device dropped before that is not among them.
 *
 * @param received frames that were for this channel and found the device's queue full; -1 if not known
 * @param sent frames that this channel wrote and the system threw away; -1 if not known
 */
public record DeviceDrops(long received, long sent) {
    /** The device does not say. */
    public static final DeviceDrops UNKNOWN = new DeviceDrops(-1, -1);
}
