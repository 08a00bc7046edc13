/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap;

/**
 * A text that is no netmap port name. The message quotes the text, says which character is wrong and what could stand
 * there instead.
 */
public final class NetmapNameException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    private final int index;

    NetmapNameException(String text, int index, String problem) {
        super("'" + text + "', character " + (index + 1) + ": " + problem);
        this.index = index;
    }

    /** Where in the text the problem stands, from 0; the text's length when something is missing at its end. */
    public int index() {
        return index;
    }
}
