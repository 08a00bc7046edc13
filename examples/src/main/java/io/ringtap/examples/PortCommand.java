/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples;

import io.ringtap.virtio.LinkLayer;

import java.util.Optional;
import java.util.concurrent.Callable;

/** A command that opens ports by name: its help lists the keys that they take. */
public interface PortCommand extends Callable<Integer> {
    /** The link layer of the ports that this command takes, Ethernet unless it says otherwise; empty for any. */
    default Optional<LinkLayer> linkLayer() {
        return Optional.of(LinkLayer.ETHERNET);
    }
}
