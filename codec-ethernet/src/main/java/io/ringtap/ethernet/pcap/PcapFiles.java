/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.ethernet.pcap;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * The files of one capture, one after the other. Each is whole by itself: section header and interfaces first,
 * statistics last. After the constructor only the writer's thread comes here.
 */
final class PcapFiles {
    private static final int BUFFER_BYTES = 256 << 10;

    private final PcapWriter.Builder settings;
    private final LongSupplier clock;
    private final List<PcapInterface> interfaces = new ArrayList<>();
    private final ArrayDeque<Path> written = new ArrayDeque<>();
    private final ByteBuf out = Unpooled.directBuffer(BUFFER_BYTES);
    /** The interfaces of the packets in {@link #out}: lost if it cannot be written. */
    private final int[] unwritten = new int[BUFFER_BYTES / PcapngBlocks.PACKET_OVERHEAD + 1];
    private int unwrittenPackets;
    private FileChannel file;
    private int number;
    private long fileBytes;
    private boolean hasPackets;

    PcapFiles(PcapWriter.Builder settings, LongSupplier clock) throws IOException {
        this.settings = settings;
        this.clock = clock;
        try {
            openNext();
        } catch (Throwable cause) {
            out.release();
            throw cause;
        }
    }

    void add(PcapInterface added) throws IOException {
        interfaces.add(added);
        describe(added);
    }

    /** Appends a packet block; the caller keeps its reference. */
    void write(ByteBuf block) throws IOException {
        long size = fileBytes + out.readableBytes() + block.readableBytes();
        if (settings.rotateBytes > 0 && hasPackets && size > settings.rotateBytes) {
            finish();
            openNext();
            for (PcapInterface known : interfaces) {
                describe(known);
            }
        }
        if (out.readableBytes() + block.readableBytes() > BUFFER_BYTES) {
            flush();
        }
        out.writeBytes(block, block.readerIndex(), block.readableBytes());
        unwritten[unwrittenPackets++] = block.getIntLE(block.readerIndex() + PcapngBlocks.PACKET_INTERFACE_OFFSET);
        hasPackets = true;
    }

    void flush() throws IOException {
        while (out.isReadable()) {
            fileBytes += out.readBytes(file, out.readableBytes());
        }
        out.clear();
        unwrittenPackets = 0;
    }

    /** Completes the last file. Nothing may follow. */
    void close() throws IOException {
        finish();
    }

    /** Closes what is open, whether or not the last write worked. */
    void release() {
        for (int i = 0; i < unwrittenPackets; i++) {
            interfaces.get(unwritten[i]).lost();
        }
        out.release();
        try {
            file.close();
        } catch (IOException e) {
            // What was written was written; the failure that brought us here is the one to report.
        }
    }

    private void finish() throws IOException {
        long now = clock.getAsLong();
        for (PcapInterface known : interfaces) {
            PcapngBlocks.writeStatistics(out, known.id(), now, known.received(), known.dropped());
        }
        flush();
        file.close();
    }

    private void openNext() throws IOException {
        Path path = number == 0 ? settings.path : numbered(settings.path, number);
        file = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING);
        number++;
        fileBytes = 0;
        hasPackets = false;
        written.add(path);
        if (settings.maxFiles > 0 && written.size() > settings.maxFiles) {
            Files.deleteIfExists(written.remove());
        }
        PcapngBlocks.writeSectionHeader(out);
    }

    private void describe(PcapInterface described) {
        PcapngBlocks.writeInterface(out, described.name(), settings.linkType, settings.snapLength);
    }

    /** {@code trace.pcapng}, {@code trace_00001.pcapng}, {@code trace_00002.pcapng}. */
    static Path numbered(Path path, int number) {
        String name = path.getFileName().toString();
        int dot = name.lastIndexOf('.');
        int end = dot > 0 ? dot : name.length();
        return path.resolveSibling(String.format("%s_%05d%s", name.substring(0, end), number, name.substring(end)));
    }
}
