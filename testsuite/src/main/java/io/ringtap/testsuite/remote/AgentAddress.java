/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testsuite.remote;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Where an agent listens, and what it wants to hear.
 *
 * @param host name or address
 * @param port of TCP
 * @param token the secret that it was started with
 * @param memory the file that holds the memory of its machine, if that is a virtual one; {@code null} if there is none
 */
public record AgentAddress(String host, int port, String token, Path memory) {
    /** The system property that names the machine, {@code HOST:PORT}. */
    public static final String MACHINE_PROPERTY = "ringtap.freebsd";
    /** The system property that has the token. */
    public static final String TOKEN_PROPERTY = "ringtap.freebsd.token";
    /** The system property that names the file with the memory of a virtual machine. */
    public static final String MEMORY_PROPERTY = "ringtap.freebsd.ram";

    /** Checks port and token. */
    public AgentAddress {
        if (port < 1 || port > 65535) {
            throw new IllegalArgumentException("port " + port + " (expected: 1 to 65535)");
        }
        int length = token.getBytes(StandardCharsets.UTF_8).length;
        if (length < 1 || length > AgentProtocol.TOKEN_MAX) {
            throw new IllegalArgumentException("a token of " + length + " bytes (expected: 1 to "
                + AgentProtocol.TOKEN_MAX + "): set -D" + TOKEN_PROPERTY + " to that of the agent");
        }
    }

    /**
     * What the system properties name.
     *
     * @return {@code null} if they name no machine
     * @throws IllegalArgumentException if they do not name it correctly
     */
    public static AgentAddress ofProperties() {
        return parse(System.getProperty(MACHINE_PROPERTY, ""), System.getProperty(TOKEN_PROPERTY, ""),
            System.getProperty(MEMORY_PROPERTY, ""));
    }

    /** The same of the values of the properties, which are empty where they are not set. */
    static AgentAddress parse(String machine, String token, String memory) {
        if (machine.isEmpty()) {
            return null;
        }
        int colon = machine.lastIndexOf(':');
        if (colon < 1 || !machine.substring(colon + 1).matches("[0-9]{1,5}")) {
            throw new IllegalArgumentException(
                "-D" + MACHINE_PROPERTY + "=" + machine + " (expected: HOST:PORT, such as 127.0.0.1:4000)");
        }
        return new AgentAddress(machine.substring(0, colon), Integer.parseInt(machine.substring(colon + 1)), token,
            memory.isEmpty() ? null : Path.of(memory));
    }

    /** Without the token. */
    @Override
    public String toString() {
        return host + ':' + port;
    }
}
