/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

/** What a port of a {@link Bridge} is up to. */
public enum PortState {
    /** It is not open yet. */
    OPENING,
    /** It carries frames. */
    UP,
    /** It is open, and its device carries no frames for now. */
    DOWN,
    /** It is closed, or about to be, and no port of the bridge any more. */
    GONE
}
