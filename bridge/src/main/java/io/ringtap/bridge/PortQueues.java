/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.ringtap.channel.FramePort;
import io.ringtap.channel.PortSyntaxException;

import java.util.Set;

/**
 * How many queues a port is opened with, by its key {@code queues=}: each a channel on an event loop of its own. The
 * queues of one number are on one loop at all ports, and a frame leaves by the queue whose number it came in by; the
 * kernel sends a flow to the queue that last sent to it, so that a flow keeps its queues and its loop both ways.
 *
 * @param count 1 for a port that has none
 */
record PortQueues(int count) {
    /** What {@link io.ringtap.channel.FramePorts#parse} has to leave to {@link #of}. */
    static final Set<String> KEYS = Set.of("queues");

    /**
     * Reads the key of a port.
     *
     * @throws PortSyntaxException if the value is wrong, or the port has no queues
     */
    static PortQueues of(FramePort port) {
        String text = port.others().get("queues");
        if (text == null) {
            return new PortQueues(1);
        }
        int most = port.transport().maxQueues();
        int count = text.matches("\\d{1,3}") ? Integer.parseInt(text) : 0;
        String problem = most == 1 ? "a port " + port.transport().syntax() + " has no queues to choose from"
            : count < 1 || count > most
            ? "'" + text + "' is no value for queues: expected 1-" + most
            : count > 1 && PortConditions.KEYS.stream().anyMatch(port.others()::containsKey)
            ? "fault and rate are for a port of one queue" : null;
        if (problem != null) {
            throw new PortSyntaxException(port.text(), port.text().indexOf(",queues=") + 1, problem);
        }
        return new PortQueues(count);
    }
}
