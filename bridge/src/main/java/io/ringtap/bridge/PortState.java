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
    /** It is open and carries no frames, as {@link Bridge#mute} asks for. */
    MUTED,
    /** It is open and carries no frames for a while, because of a storm: see {@link BridgeBuilder#stormBlock}. */
    BLOCKED,
    /** It is closed, or about to be, and no port of the bridge any more. */
    GONE
}
