/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.host;

import io.netty.buffer.ByteBuf;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Random;

/** What a transfer sends: block after block, each different, and each made anew when it has to be sent again. */
final class TransferContent {
    /** What fills an Ethernet frame of 1514 bytes behind the headers and the number of the block. */
    static final int BLOCK = 1514 - 42 - 8;

    private final byte[] random = new byte[2 * BLOCK];
    private final ByteBuffer number = ByteBuffer.allocate(8);

    TransferContent() {
        new Random(1).nextBytes(random);
    }

    /** The number of the block and the block. */
    void write(ByteBuf frame, long block) {
        frame.writeLong(block).writeBytes(random, offset(block), BLOCK);
    }

    /** Digests what {@link #write} writes. */
    void digest(MessageDigest digest, long block) {
        digest.update(number.putLong(0, block).array());
        digest.update(random, offset(block), BLOCK);
    }

    private static int offset(long block) {
        return (int) (block % BLOCK);
    }

    static MessageDigest newDigest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
