/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel;

/** A port was written wrongly. The message is one line that quotes the port and names the offending part. */
public final class PortSyntaxException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    private final int index;
    private final String problem;

    /**
     * Makes one: for {@link FramePorts}, for a transport that reads a name, and for who reads keys of {@link
     * FramePort#others()}.
     *
     * @param port the whole text, or the part that was to be read
     * @param index where in it the wrong part begins
     * @param problem what is wrong
     */
    public PortSyntaxException(String port, int index, String problem) {
        super("port '" + port + "', character " + (index + 1) + ": " + problem);
        this.index = index;
        this.problem = problem;
    }

    /** What is wrong, without the port and the place. */
    public String problem() {
        return problem;
    }

    /** Where in the port's text the offending part starts, from 0. */
    public int index() {
        return index;
    }
}
