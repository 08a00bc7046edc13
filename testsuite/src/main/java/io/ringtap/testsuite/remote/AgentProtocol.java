/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testsuite.remote;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The messages that go to and from the agent, {@code ringtap-agent.c}: their numbers and lengths. {@code
 * docs/freebsd.md} has a table of them. All numbers are little-endian.
 */
final class AgentProtocol {
    static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

    static final int MAGIC = 0x47415452;
    static final int VERSION = 1;
    static final int TOKEN_MAX = 64;
    /** What is asked of a session that does not exist yet. */
    static final long NEW_SESSION = 0;

    /** Length of a greeting without its token. */
    static final int HELLO = 24;
    static final int WELCOME = 40;
    static final int REQUEST = 72;
    static final int REPLY = 16;

    /** What a welcome says. */
    static final int WELCOME_OK = 0;
    static final int WELCOME_OTHER_VERSION = 1;
    static final int WELCOME_WRONG_TOKEN = 2;
    static final int WELCOME_NO_SUCH_SESSION = 3;
    static final int WELCOME_NO_RESOURCES = 4;

    /** What a request asks for. */
    static final int PING = 0;
    static final int CALL = 1;
    static final int COUNTS = 2;
    static final int PAGES = 3;

    /** Flag of a request: no more bytes come back than the result says. */
    static final int AS_LONG_AS_RESULT = 1;
    static final int ARGUMENTS = 6;
    /** How many system calls are counted, by their numbers. */
    static final int NUMBERS = 1024;

    /** What a reply says. */
    static final int DONE = 0;
    static final int MALFORMED = 1;

    private AgentProtocol() {
    }

    static ByteBuffer allocate(int length) {
        return ByteBuffer.allocate(length).order(ORDER);
    }

    static ByteBuffer wrap(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ORDER);
    }
}
