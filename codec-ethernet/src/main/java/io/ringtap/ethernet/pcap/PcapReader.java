/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.ethernet.pcap;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Reads the packets of a capture file one by one: pcap with micro- or nanoseconds, and pcapng, in either byte order.
 * What follows no format ends in a {@link PcapFormatException}; the packets before it are good. Reads block; not for
 * event loops, and for one thread.
 */
public final class PcapReader implements Closeable {
    /** libpcap's bound; a longer one is taken for a broken file. */
    static final int MAX_PACKET = 262_144;

    private static final int PCAP_MICROS = 0xa1b2c3d4;
    private static final int PCAP_NANOS = 0xa1b23c4d;

    private final PcapInput in;
    private final Format format;

    /** One of the two file formats, behind its first four bytes. */
    interface Format {
        /** The next packet, null at the end of the file. */
        CapturedPacket next() throws IOException;
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
        } else if (magic == PCAP_MICROS || magic == PCAP_NANOS || swapped == PCAP_MICROS || swapped == PCAP_NANOS) {
            boolean littleEndian = swapped == PCAP_MICROS || swapped == PCAP_NANOS;
            in.littleEndian(littleEndian);
            format = new PcapFormat(in, magic == PCAP_NANOS || swapped == PCAP_NANOS);
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
     * The next packet, which the caller releases.
     *
     * @return null at the end of the file
     * @throws PcapFormatException if the file is malformed here; there is no going on then
     */
    public CapturedPacket next() throws IOException {
        return format.next();
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
