/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.bridge.control;

import com.fasterxml.jackson.annotation.JsonInclude;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A request, as it stands in its line.
 *
 * @param command {@code port-add}, {@code port-remove}, {@code port-mute}, {@code port-unmute}, {@code port-list},
 *     {@code flush} or {@code addresses}
 * @param port the port that it is about; {@code null} for all, where that makes sense
 * @param namespace of a tap that comes as a descriptor: the network namespace of its interface, {@code net:[NUMBER]} as
 *     /proc/PID/ns/net has it; {@code null} if it is not said
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record ControlRequest(String command, String port, String namespace) {
    ControlRequest(String command, String port) {
        this(command, port, null);
    }

    /** The network namespace of the thread that asks; {@code null} if the system has no such thing. */
    static String namespaceHere() {
        try {
            return Files.readSymbolicLink(Path.of("/proc/thread-self/ns/net")).toString();
        } catch (IOException none) {
            return null;
        }
    }
}
