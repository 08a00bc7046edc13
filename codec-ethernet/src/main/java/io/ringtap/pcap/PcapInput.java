/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.pcap;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;

/** The bytes of a capture file in order, in the byte order that it turned out to have, with the place kept. */
final class PcapInput implements Closeable {
    private final InputStream in;
    private final ByteBufAllocator alloc;
    private final byte[] word = new byte[4];
    private long offset;
    private boolean littleEndian;

    PcapInput(InputStream in, ByteBufAllocator alloc) {
        this.in = in;
        this.alloc = alloc;
    }

    long offset() {
        return offset;
    }

    boolean isLittleEndian() {
        return littleEndian;
    }

    void littleEndian(boolean littleEndian) {
        this.littleEndian = littleEndian;
    }

    /** Fills {@link #readInt} or answers false at the end of the file; an end within the four bytes is an error. */
    boolean atEnd() throws IOException {
        int n = in.readNBytes(word, 0, 4);
        if (n == 0) {
            return true;
        }
        offset += n;
        if (n < 4) {
            throw cutShort("a header");
        }
        return false;
    }

    /** The four bytes that {@link #atEnd} read, in the order of the file. */
    int word() {
        int big = (word[0] & 0xff) << 24 | (word[1] & 0xff) << 16 | (word[2] & 0xff) << 8 | word[3] & 0xff;
        return littleEndian ? Integer.reverseBytes(big) : big;
    }

    int readInt() throws IOException {
        if (atEnd()) {
            throw cutShort("a header");
        }
        return word();
    }

    /** Reads so many bytes into a buffer of the caller's. */
    ByteBuf readBytes(int length, String what) throws IOException {
        ByteBuf buf = alloc.buffer(length);
        boolean whole = false;
        try {
            while (buf.readableBytes() < length) {
                int n = buf.writeBytes(in, length - buf.readableBytes());
                if (n < 0) {
                    throw cutShort(what);
                }
                offset += n;
            }
            whole = true;
            return buf;
        } finally {
            if (!whole) {
                buf.release();
            }
        }
    }

    void skip(long length, String what) throws IOException {
        try {
            in.skipNBytes(length);
        } catch (EOFException e) {
            throw cutShort(what);
        }
        offset += length;
    }

    int unsignedShort(ByteBuf buf, int index) {
        return littleEndian ? buf.getUnsignedShortLE(index) : buf.getUnsignedShort(index);
    }

    int getInt(ByteBuf buf, int index) {
        return littleEndian ? buf.getIntLE(index) : buf.getInt(index);
    }

    long getLong(ByteBuf buf, int index) {
        return littleEndian ? buf.getLongLE(index) : buf.getLong(index);
    }

    private PcapFormatException cutShort(String what) {
        return new PcapFormatException(offset, "the file ends within " + what);
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
