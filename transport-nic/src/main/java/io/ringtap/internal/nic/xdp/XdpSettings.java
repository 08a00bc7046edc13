/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.nic.xdp;

/**
 * The options with which an AF_XDP socket is opened: those of a configuration at the time of bind.
 *
 * @param zeroCopy {@code null} for what the driver can do
 * @param namespace {@code null} for that of the calling thread
 */
public record XdpSettings(int queue, boolean takeAll, Boolean zeroCopy, String namespace) {
}
