/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap;

/**
 * A text is not the name of a netmap port. The message quotes the text, and says which character is wrong and what
 * could be there instead.
 */
public final class NetmapNameException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    private final int index;
    private final String problem;

    NetmapNameException(String text, int index, String problem) {
        super("'" + text + "', character " + (index + 1) + ": " + problem);
        this.index = index;
        this.problem = problem;
    }

    /** The index of the problem in the text, from 0; the length of the text if something is missing at its end. */
    public int index() {
        return index;
    }

    /** What is wrong there, which is the end of the message. */
    public String problem() {
        return problem;
    }
}
