/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.capture;

import io.netty.buffer.UnpooledByteBufAllocator;
import io.ringtap.ethernet.FrameSummary;
import io.ringtap.pcap.CapturedPacket;
import io.ringtap.pcap.PcapLinkType;
import io.ringtap.pcap.PcapReader;
import io.ringtap.pcap.PcapWriter;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.channels.Channels;
import java.nio.channels.Pipe;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;

/**
 * Prints a line for each packet of a capture, as {@code tcpdump -e -n} does, on a thread of its own. The capture is
 * written into a pipe, so that event loops never wait for who reads the lines: what finds the queue of the capture full
 * is dropped and counted there.
 */
final class PacketPrinter implements AutoCloseable {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss.SSSSSS");
    private static final int MAX_BATCH = 8192;

    private final Pipe pipe;
    private final PrintStream out;
    private final ZoneId zone;
    private final Thread thread = new Thread(this::run, "packet-printer");

    private PacketPrinter(Pipe pipe, PrintStream out, ZoneId zone) {
        this.pipe = pipe;
        this.out = out;
        this.zone = zone;
    }

    /** Begins to print what is written to {@link #capture()}, with the time of day in a zone. */
    static PacketPrinter start(PrintStream out, ZoneId zone) throws IOException {
        PacketPrinter printer = new PacketPrinter(Pipe.open(), out, zone);
        printer.thread.setDaemon(true);
        printer.thread.start();
        return printer;
    }

    /** The capture that is printed; it ends the printing when it is closed. */
    PcapWriter.Builder capture() {
        return PcapWriter.to(pipe.sink(), "the standard output");
    }

    private void run() {
        // The writer of the capture finds the pipe broken when this ends early, and tells of it.
        try (InputStream in = new BufferedInputStream(Channels.newInputStream(pipe.source()));
            PcapReader reader = new PcapReader(in, UnpooledByteBufAllocator.DEFAULT)) {
            StringBuilder lines = new StringBuilder();
            for (CapturedPacket packet = reader.next(); packet != null; packet = reader.next()) {
                try {
                    append(lines, packet);
                } finally {
                    packet.data().release();
                }
                if (in.available() == 0 || lines.length() >= MAX_BATCH) {
                    out.print(lines);
                    lines.setLength(0);
                    // Flushes, too.
                    if (out.checkError()) {
                        return;
                    }
                }
            }
            out.print(lines);
            out.flush();
        } catch (IOException e) {
            // The capture was not opened, or has ended within a packet: its own failure is told.
        }
    }

    private void append(StringBuilder lines, CapturedPacket packet) {
        Instant time = Instant.ofEpochSecond(0, packet.timestampNanos());
        TIME.formatTo(time.atZone(zone), lines);
        lines.append(' ');
        if (packet.linkType() == PcapLinkType.ETHERNET) {
            FrameSummary.append(lines, packet.data(), packet.data().readerIndex());
        } else {
            FrameSummary.appendIp(lines, packet.data(), packet.data().readerIndex());
        }
        if (packet.isTruncated()) {
            lines.append(" [cut, of ").append(packet.originalLength()).append(']');
        }
        lines.append(System.lineSeparator());
    }

    /** Waits until all that was captured is printed. The capture has to be closed before. */
    @Override
    public void close() throws IOException {
        try {
            // Of a capture that was never opened.
            pipe.sink().close();
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            pipe.source().close();
        }
    }
}
