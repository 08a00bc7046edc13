/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.pcap;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.ZoneId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;

/**
 * The files of one capture, one after the other, or a channel in their place. Each is whole by itself: section header
 * and interfaces first, statistics last. One that cannot be written further ends behind its last whole block. After the
 * constructor only the thread of the writer uses it.
 */
final class PcapFiles {
    private static final int BUFFER_BYTES = 256 << 10;

    private final PcapWriter.Builder settings;
    private final LongSupplier clock;
    private final List<PcapInterface> interfaces = new ArrayList<>();
    private final ArrayDeque<Path> written = new ArrayDeque<>();
    /** Whole blocks from index 0 on; those before the reader index are written. */
    private final ByteBuf out = Unpooled.directBuffer(BUFFER_BYTES);
    private WritableByteChannel file;
    private String name;
    /** The name of this file, or of the one that it continues. */
    private Path base;
    /** How many files have continued that one. */
    private int number;
    private long periodBegin;
    private int periods;
    private long fileBytes;
    private boolean hasPackets;

    PcapFiles(PcapWriter.Builder settings, LongSupplier clock) throws IOException {
        this.settings = settings;
        this.clock = clock;
        try {
            if (settings.path != null) {
                beginPeriod(settings.rotateNanos > 0 ? clock.getAsLong() : 0);
            }
            if (settings.rotateBytes > 0 || settings.rotateNanos > 0) {
                refuseToMix(base);
            }
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
        long now = PcapngBlocks.packetNanos(block, block.readerIndex());
        if (settings.rotateNanos > 0 && now - periodBegin >= settings.rotateNanos
            && (settings.maxPeriods == 0 || periods < settings.maxPeriods)) {
            finish();
            beginPeriod(now);
            continueInNext();
        } else if (settings.rotateBytes > 0 && hasPackets && size > settings.rotateBytes) {
            finish();
            number++;
            continueInNext();
        }
        if (out.readableBytes() + block.readableBytes() > BUFFER_BYTES) {
            flush();
        }
        out.writeBytes(block, block.readerIndex(), block.readableBytes());
        hasPackets = true;
    }

    /** Sets the name for this time; where that does not change the name, the file continues the one before. */
    private void beginPeriod(long now) {
        periodBegin = now;
        periods++;
        Path named = settings.rotateNanos == 0 ? settings.path
            : TimedName.at(settings.path, periodBegin, ZoneId.systemDefault());
        if (named.equals(base)) {
            number++;
        } else {
            base = named;
            number = 0;
        }
    }

    private void continueInNext() throws IOException {
        try {
            openNext();
        } catch (NoSuchFileException e) {
            throw new IOException(e.getFile() + ": no such file or directory", e);
        } catch (AccessDeniedException e) {
            throw new IOException(e.getFile() + ": permission denied", e);
        } catch (FileAlreadyExistsException e) {
            throw new IOException(e.getFile() + ": is there already, and not from this capture", e);
        }
        for (PcapInterface known : interfaces) {
            describe(known);
        }
    }

    void flush() throws IOException {
        try {
            while (out.isReadable()) {
                int n = file.write(out.internalNioBuffer(out.readerIndex(), out.readableBytes()));
                out.skipBytes(n);
                fileBytes += n;
            }
        } catch (IOException e) {
            throw new IOException(name + ": " + (e.getMessage() == null ? e : e.getMessage()), e);
        }
        out.clear();
    }

    /** Completes the last file. Nothing may follow. */
    void close() throws IOException {
        finish();
    }

    /** Closes what is open, whether or not the last write worked, and counts what could not be written as lost. */
    void release() {
        int whole = 0;
        int at = 0;
        // The last one has no length yet if there was no memory for it.
        while (at < out.writerIndex() && PcapngBlocks.length(out, at) > 0) {
            int end = at + PcapngBlocks.length(out, at);
            if (end <= out.readerIndex()) {
                whole = end;
            } else if (PcapngBlocks.isPacket(out, at)) {
                interfaces.get(PcapngBlocks.packetInterface(out, at)).countLost();
            }
            at = end;
        }
        try {
            if (settings.path != null && file instanceof FileChannel opened && whole < out.readerIndex()) {
                opened.truncate(fileBytes - (out.readerIndex() - whole));
            }
        } catch (IOException e) {
            // A FIFO, or a disk that takes nothing any more: readers find the last block cut short.
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
            PcapngBlocks.writeStatistics(out, known.id(), now, known.received(), known.dropped(), known.systemDrops());
        }
        flush();
        try {
            file.close();
        } catch (IOException e) {
            throw new IOException(name + ": " + e.getMessage(), e);
        }
    }

    private void openNext() throws IOException {
        if (settings.path == null) {
            file = settings.channel;
            name = settings.name;
        } else {
            Path path = number == 0 ? base : numbered(base, number);
            file = number == 0 ? CaptureFile.createOrReplace(path) : CaptureFile.create(path);
            name = path.toString();
            // A name may come again, as %H does a day later.
            written.remove(path);
            written.add(path);
        }
        fileBytes = 0;
        hasPackets = false;
        PcapngBlocks.writeSectionHeader(out);
        if (settings.maxFiles > 0 && written.size() > settings.maxFiles) {
            Files.deleteIfExists(written.remove());
        }
    }

    private void describe(PcapInterface described) {
        PcapngBlocks.writeInterface(out, described.name(), settings.linkType, settings.snapLength);
    }

    /** Fails if there are files that an earlier capture of this name has rotated to. */
    private static void refuseToMix(Path path) throws IOException {
        if (path.getFileName() == null) {
            return;
        }
        String example = numbered(path, 0).getFileName().toString();
        int digits = stem(path).length() + 1;
        Pattern rotated = Pattern.compile(Pattern.quote(example.substring(0, digits)) + "\\d{5,}"
            + Pattern.quote(example.substring(digits + 5)));
        try (DirectoryStream<Path> files = Files.newDirectoryStream(path.toAbsolutePath().getParent(),
            file -> rotated.matcher(file.getFileName().toString()).matches())) {
            for (Path earlier : files) {
                throw new FileAlreadyExistsException(earlier.toString(), null,
                    "is there from an earlier capture; move those files away, or capture to another name");
            }
        }
    }

    /** {@code trace.pcapng}, {@code trace_00001.pcapng}, {@code trace_00002.pcapng}. */
    static Path numbered(Path path, int number) {
        String name = path.getFileName().toString();
        String stem = stem(path);
        return path.resolveSibling(String.format("%s_%05d%s", stem, number, name.substring(stem.length())));
    }

    private static String stem(Path path) {
        String name = path.getFileName().toString();
        int dot = name.lastIndexOf('.');
        return dot > 0 ? name.substring(0, dot) : name;
    }
}
