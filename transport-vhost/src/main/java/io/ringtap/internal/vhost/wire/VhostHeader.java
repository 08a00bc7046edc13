/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vhost.wire;

import java.nio.ByteBuffer;

/**
 * What stands in front of every message, three words in the byte order of the machine.
 *
 * <pre>
 *   0 request  4 flags  8 size of the payload        12 bytes
 *     flags: bits 0-1 version, 2 it is a reply, 3 a reply is needed
 * </pre>
 *
 * @param request the number of the request
 * @param flags as above
 * @param size bytes of payload
 */
public record VhostHeader(int request, int flags, int size) {
    /** Its length in bytes. */
    public static final int BYTES = 12;
    /** {@link #flags}: the message is a reply. */
    public static final int REPLY = 4;
    /** {@link #flags}: the sender waits for a reply. */
    public static final int NEED_REPLY = 8;
    /** The longest payload in bytes that is read. */
    public static final int MOST_PAYLOAD = 4096;

    static final int VERSION = 1;
    private static final int VERSION_MASK = 3;

    /**
     * Reads a header.
     *
     * @param from a buffer in the byte order of the machine
     * @param at of its first byte
     * @throws VhostProtocolException if no message begins so
     */
    public static VhostHeader decode(ByteBuffer from, int at) throws VhostProtocolException {
        VhostHeader header = new VhostHeader(from.getInt(at), from.getInt(at + 4), from.getInt(at + 8));
        if ((header.flags & VERSION_MASK) != VERSION) {
            throw new VhostProtocolException("a message has version " + (header.flags & VERSION_MASK)
                + " of the protocol (expected: " + VERSION + ')');
        }
        if (header.size < 0 || header.size > MOST_PAYLOAD) {
            throw new VhostProtocolException("a message with request " + header.nameOfRequest() + " says that "
                + Integer.toUnsignedString(header.size) + " bytes follow (expected: 0-" + MOST_PAYLOAD + ')');
        }
        return header;
    }

    /** Writes the header. */
    public void encode(ByteBuffer into, int at) {
        into.putInt(at, request).putInt(at + 4, flags).putInt(at + 8, size);
    }

    /** Whether the message is a reply. */
    public boolean isReply() {
        return (flags & REPLY) != 0;
    }

    /** Whether the sender waits for a reply. */
    public boolean isReplyNeeded() {
        return (flags & NEED_REPLY) != 0;
    }

    /** The request, for messages to people. */
    public String nameOfRequest() {
        VhostRequest known = VhostRequest.ofId(request);
        return known == null ? Integer.toUnsignedString(request) : known.name();
    }
}
