/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vhost.wire;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * The fuzz target of the messages. It reads any octets as a request and as a reply to any request. It throws if that
 * fails without saying what is wrong, or if what was read is something else when it is written. It uses no fuzzing
 * library.
 */
final class VhostMessageFuzz {
    private final ByteBuffer again = ByteBuffer.allocate(VhostMessage.MOST_BYTES).order(ByteOrder.nativeOrder());

    /** Reads a message; whether it is one, as a request or as a reply. */
    boolean read(byte[] octets) {
        if (octets.length < VhostHeader.BYTES) {
            return false;
        }
        ByteBuffer from = ByteBuffer.wrap(octets).order(ByteOrder.nativeOrder());
        try {
            VhostHeader header = VhostHeader.decode(from, 0);
            if (header.size() > octets.length - VhostHeader.BYTES) {
                return false;
            }
            VhostRequest request = VhostRequest.ofId(header.request());
            VhostMessage message = header.isReply() && request != null
                ? VhostMessage.decodeReply(request, header, from, VhostHeader.BYTES)
                : VhostMessage.decodeRequest(header, from, VhostHeader.BYTES);
            check(message, octets);
            return true;
        } catch (VhostProtocolException refused) {
            if (refused.getMessage().isEmpty()) {
                throw new AssertionError("refused without a cause: " + Arrays.toString(octets), refused);
            }
            return false;
        }
    }

    private void check(VhostMessage message, byte[] octets) throws VhostProtocolException {
        for (int descriptors = 0; descriptors <= MemoryTable.MOST_REGIONS + 1; descriptors++) {
            try {
                message.request().requireDescriptors(message.payload(), descriptors);
            } catch (VhostProtocolException refused) {
                continue;
            }
        }
        if (message.payload().form() == PayloadForm.OPAQUE) {
            return;
        }
        message.encode(again, 0);
        VhostHeader header = VhostHeader.decode(again, 0);
        VhostMessage same = message.isReply()
            ? VhostMessage.decodeReply(message.request(), header, again, VhostHeader.BYTES)
            : VhostMessage.decodeRequest(header, again, VhostHeader.BYTES);
        if (!same.equals(message)) {
            throw new AssertionError(message + " was written as " + same + ": " + Arrays.toString(octets));
        }
    }

    /** A message of each form, in the byte order of the machine. */
    static Stream<byte[]> seeds() {
        return Stream.of(VhostRequest.values()).map(request -> {
            VhostPayload payload = VhostMessageTest.payloadOf(request.payload());
            return payload == null ? null : VhostMessage.request(request, payload, true);
        }).filter(Objects::nonNull).map(message -> {
            ByteBuffer into = ByteBuffer.allocate(VhostMessage.MOST_BYTES).order(ByteOrder.nativeOrder());
            return Arrays.copyOf(into.array(), message.encode(into, 0));
        });
    }
}
