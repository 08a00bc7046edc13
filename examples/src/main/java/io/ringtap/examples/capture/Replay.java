/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.capture;

import io.netty.channel.EventLoopGroup;
import io.ringtap.channel.FrameChannel;
import io.ringtap.channel.FramePort;
import io.ringtap.ethernet.pcap.PcapReader;
import io.ringtap.ethernet.pcap.PcapReplay;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;

/** A file whose frames go to a port, on a thread of its own. */
final class Replay implements AutoCloseable {
    private static final long POLL_MILLIS = 2;

    private final CompletableFuture<Long> over = new CompletableFuture<>();
    private final FrameChannel channel;
    private final PcapReader reader;
    private final PcapReplay replay;
    private final Thread thread;

    private Replay(FrameChannel channel, PcapReader reader, UnaryOperator<PcapReplay> pace) {
        this.channel = channel;
        this.reader = reader;
        replay = pace.apply(new PcapReplay(reader, channel, channel.vnetHeaderLength()));
        thread = new Thread(this::run, "replay");
        thread.setDaemon(true);
    }

    /**
     * Opens the file and the port, and begins.
     *
     * @param pace sets how fast
     * @throws IOException if the file or the port cannot be opened
     */
    static Replay open(EventLoopGroup group, FramePort port, Path file, UnaryOperator<PcapReplay> pace)
        throws IOException, InterruptedException {
        PcapReader reader;
        try {
            reader = PcapReader.open(file);
        } catch (NoSuchFileException e) {
            throw new IOException(file + " cannot be read: there is no such file", e);
        } catch (IOException e) {
            throw new IOException(file + " cannot be read: " + e.getMessage(), e);
        }
        FrameChannel channel;
        try {
            channel = OpenPort.open(group, port);
        } catch (Throwable e) {
            reader.close();
            throw e;
        }
        Replay opened = new Replay(channel, reader, pace);
        opened.thread.start();
        return opened;
    }

    private void run() {
        try {
            long frames = replay.run();
            // The last ones are written and may not be sent yet.
            while (replay.sent() + replay.failed() < frames && channel.isActive()) {
                Thread.sleep(POLL_MILLIS);
            }
            over.complete(frames);
        } catch (ClosedChannelException e) {
            over.completeExceptionally(new IOException("port " + channel.localAddress() + " is gone", e));
        } catch (IOException | InterruptedException | RuntimeException e) {
            over.completeExceptionally(e);
        }
    }

    /** Done with how many frames the file had when all are through, or with what went wrong. */
    CompletableFuture<Long> over() {
        return over;
    }

    FrameChannel channel() {
        return channel;
    }

    /** What was sent so far, and what not. Any thread. */
    String counters() {
        return channel.localAddress() + ": " + replay.sent() + " frames sent, " + replay.failed()
            + " refused by the device; the port sent " + channel.stats().txFrames() + " and dropped "
            + channel.stats().txDrops();
    }

    /** Ends the replay and closes the port and the file. */
    @Override
    public void close() throws IOException {
        thread.interrupt();
        try {
            thread.join();
        } catch (InterruptedException e) {
            // The thread ends all the same, and finds the file closed at worst.
            Thread.currentThread().interrupt();
        }
        channel.close().awaitUninterruptibly();
        reader.close();
    }
}
