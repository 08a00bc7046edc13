/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.unix;

/** What a kernel said of a network interface at one moment, as far as all systems say it. */
public interface InterfaceState {
    /** Bytes of payload in a frame. */
    int mtu();

    /** Whether frames can pass: it is up and has a carrier. */
    boolean isRunning();
}
