/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.docs.wire;

import java.net.SocketAddress;

/** One of the two ends of a wire, {@code wire:NAME/a} or {@code wire:NAME/b}. */
final class WireAddress extends SocketAddress {
    static final String PREFIX = "wire:";
    private static final long serialVersionUID = 1L;

    private final String name;
    private final char end;

    /**
     * Reads an address.
     *
     * @throws IllegalArgumentException if the text is no address; the message shows the syntax
     */
    WireAddress(String text) {
        if (!text.matches(PREFIX + "\\w+/[ab]")) {
            throw new IllegalArgumentException("'" + text + "' is no end of a wire: one is written wire:NAME/a or"
                + " wire:NAME/b");
        }
        name = text.substring(PREFIX.length(), text.length() - 2);
        end = text.charAt(text.length() - 1);
    }

    String name() {
        return name;
    }

    boolean isFirst() {
        return end == 'a';
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof WireAddress other && name.equals(other.name) && end == other.end;
    }

    @Override
    public int hashCode() {
        return name.hashCode() + end;
    }

    /** Returns the text from which the address can be read again. */
    @Override
    public String toString() {
        return PREFIX + name + '/' + end;
    }
}
