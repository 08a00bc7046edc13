/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.virtio;

/** Which way the frames go that a handler works on; those going the other way pass it untouched. */
public enum FrameDirection {
    /** From the device to the application: {@code channelRead}. */
    INBOUND,
    /** From the application to the device: {@code write}. */
    OUTBOUND
}
