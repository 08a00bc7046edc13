/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.nic.xdp;

/**
 * The options with which an AF_XDP socket is opened: those of a configuration at the time of bind.
 *
 * @param taken {@code null} for all frames, unless the host has an address on the interface
 * @param zeroCopy {@code null} for what the driver can do
 * @param generic whether the program runs in the network stack, {@code null} if the driver cannot
 * @param busyPoll microseconds, 0 for none
 * @param hugePages whether the memory of frames is in huge pages
 * @param sockets how many sockets may share the memory of frames, 1 to {@link UmemKind#MAX_SOCKETS}
 * @param namespace {@code null} for that of the calling thread
 */
public record XdpSettings(int queue, TakenFrames taken, Boolean zeroCopy, Boolean generic, int busyPoll,
                          boolean hugePages, int sockets, String namespace) {
    /** The frames that the program takes. */
    TakenFrames frames() {
        return taken == null ? TakenFrames.ALL : taken;
    }
}
