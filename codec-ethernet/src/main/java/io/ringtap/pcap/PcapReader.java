/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.pcap;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;

/**
 * Reads the packets of a capture file one by one: pcap of versions 2.0 to 2.4 with micro- or nanoseconds, Kuznetzov's
 * variant of it, and pcapng, in either byte order. What follows no format ends in a {@link PcapFormatException}; the
 * packets before it are good. Reads block; not for event loops, and for one thread.
 */
public final class PcapReader implements Closeable {
    /** libpcap's bound; a longer one is taken for a broken file. */
    static final int MAX_PACKET = 262_144;

    private final PcapInput in;
    private final Format format;

    /** One of the two file formats, behind its first four bytes. */
    interface Format {
        /** The next packet, null at the end of the file. */
        CapturedPacket next() throws IOException;

        /** What all packets begin with, if that is known beforehand. */
        OptionalInt linkType();
    }

    /**
     * Reads a stream, which {@link #close()} closes.
     *
     * @param alloc where the packets' buffers come from
     * @throws PcapFormatException if it is no capture file
     */
    public PcapReader(InputStream stream, ByteBufAllocator alloc) throws IOException {
        in = new PcapInput(stream, alloc);
        if (in.atEnd()) {
            throw new PcapFormatException(0, "the file is empty");
        }
        int magic = in.word();
        int swapped = Integer.reverseBytes(magic);
        if (magic == PcapngBlocks.SECTION_HEADER) {
            format = new PcapngFormat(in);
        } else if (PcapFormat.isMagic(magic)) {
            format = new PcapFormat(in, magic);
        } else if (PcapFormat.isMagic(swapped)) {
            in.littleEndian(true);
            format = new PcapFormat(in, swapped);
        } else {
            throw new PcapFormatException(0, String.format("no pcap or pcapng file: it begins with %08x", magic));
        }
    }

    /**
     * Opens a file.
     *
     * @throws PcapFormatException if it is no capture file
     */
    public static PcapReader open(Path path) throws IOException {
        InputStream stream = new BufferedInputStream(Files.newInputStream(path), 64 << 10);
        try {
            return new PcapReader(stream, UnpooledByteBufAllocator.DEFAULT);
        } catch (Throwable cause) {
            stream.close();
            throw cause;
        }
    }

    /**
     * What all packets of the file begin with, as {@link PcapLinkType} numbers it: a pcap file says so in its header. A
     * pcapng file may hold packets of several link types, and its answer is empty.
     */
    public OptionalInt linkType() {
        return format.linkType();
    }

    /**
     * The next packet, which the caller releases.
     *
     * @return null at the end of the file
     * @throws PcapFormatException if the file is malformed here; there is no going on then
     * @throws IOException if it cannot be read here; the message says where and why
     */
    public CapturedPacket next() throws IOException {
        try {
            return format.next();
        } catch (PcapFormatException e) {
            throw e;
        } catch (IOException e) {
            throw new IOException("byte " + in.offset() + ": " + e.getMessage(), e);
        }
    }

    /** A length of 32 bits without sign, which is at least what was kept. */
    static int originalLength(int unsigned, int captured) {
        return unsigned < 0 ? Integer.MAX_VALUE : Math.max(unsigned, captured);
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
