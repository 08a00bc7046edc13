/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel;

import io.ringtap.channel.spi.FrameTransport;

import java.util.List;

/**
 * One kind of port that {@link FramePorts} can open, in words: for help texts and for tables in documentation.
 *
 * @param syntax how the names of such ports are written: {@code tap:NAME}
 * @param description what such a port is, in one line
 * @param keys all keys that may follow the name
 */
public record PortType(String syntax, String description, List<Key> keys) {
    /**
     * One key that may follow the name of a port.
     *
     * @param name the word before the equals sign
     * @param values which values there are, in short: {@code on|off}
     * @param description what it sets, in one line
     */
    public record Key(String name, String values, String description) {
    }

    static PortType of(FrameTransport transport) {
        return new PortType(transport.syntax(), transport.description(), transport.keys().stream()
            .map(key -> new Key(key.key(), key.values(), key.description())).toList());
    }
}
