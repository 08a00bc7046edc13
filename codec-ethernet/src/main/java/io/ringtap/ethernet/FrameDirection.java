/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.ethernet;

/** Which way a frame goes through a pipeline, seen from the channel's user. */
public enum FrameDirection {
    /** Read from the channel. */
    INBOUND,
    /** Written to the channel. */
    OUTBOUND
}
