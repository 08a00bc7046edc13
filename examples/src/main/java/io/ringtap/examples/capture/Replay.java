/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.capture;

import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.EventLoopGroup;
import io.ringtap.channel.DeviceDrops;
import io.ringtap.channel.FrameChannel;
import io.ringtap.channel.FramePort;
import io.ringtap.pcap.PcapReader;
import io.ringtap.pcap.PcapReplay;
import io.ringtap.virtio.LinkLayer;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;

/**
 * A file whose frames go to a port, on a thread of its own. A file that says at its head that its packets do not fit
 * the port is refused before anything is sent; in a file of several interfaces the packets that fit are sent, and the
 * others counted.
 */
final class Replay implements AutoCloseable {
    private static final long POLL_MILLIS = 2;
    private static final int READ_BYTES = 64 << 10;
    /** How long a stopped replay waits to hear of frames that are on their way. */
    private static final long PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    private final CompletableFuture<Long> over = new CompletableFuture<>();
    private final OpenPort port;
    private final FrameChannel channel;
    private final Path file;
    private final CountedInput input;
    private final PcapReader reader;
    private final PcapReplay replay;
    private final Thread thread;
    private volatile DeviceDrops atTheEnd;

    private Replay(OpenPort port, Path file, CountedInput input, PcapReader reader,
                   UnaryOperator<PcapReplay> settings) {
        this.port = port;
        channel = port.channel();
        this.file = file;
        this.input = input;
        this.reader = reader;
        replay = settings.apply(new PcapReplay(reader, channel, channel.vnetHeaderLength())
            .linkTypes(linkType -> LinkTypes.fits(linkType, channel.linkLayer())));
        thread = new Thread(this::run, "replay");
        thread.setDaemon(true);
    }

    /**
     * Opens the file and the port, and begins.
     *
     * @param settings sets how fast and how many
     * @throws IOException if the file or the port cannot be opened, or the file's packets do not fit the port
     */
    static Replay open(EventLoopGroup group, FramePort port, Path file, UnaryOperator<PcapReplay> settings)
        throws IOException, InterruptedException {
        CountedInput input = openFile(file);
        PcapReader reader = read(file, input);
        OpenPort open = null;
        boolean begun = false;
        try {
            open = OpenPort.open(group, port, System.err);
            LinkLayer layer = open.channel().linkLayer();
            OptionalInt linkType = reader.linkType();
            if (linkType.isPresent() && !LinkTypes.fits(linkType.getAsInt(), layer)) {
                throw new IOException(file + " has packets of " + LinkTypes.name(linkType.getAsInt()) + ", and "
                    + open.name() + " takes " + LinkTypes.wanted(layer) + ": nothing was sent");
            }
            Replay replay = new Replay(open, file, input, reader, settings);
            replay.thread.start();
            begun = true;
            return replay;
        } finally {
            if (!begun) {
                if (open != null) {
                    open.channel().close().awaitUninterruptibly();
                }
                reader.close();
            }
        }
    }

    private static CountedInput openFile(Path file) throws IOException {
        try {
            return new CountedInput(Files.newInputStream(file));
        } catch (NoSuchFileException e) {
            throw new IOException(file + " cannot be read: there is no such file", e);
        } catch (AccessDeniedException e) {
            throw new IOException(file + " cannot be read: permission denied", e);
        } catch (IOException e) {
            throw new IOException(file + " cannot be read: " + e.getMessage(), e);
        }
    }

    private static PcapReader read(Path file, CountedInput input) throws IOException {
        boolean begun = false;
        try {
            PcapReader reader = new PcapReader(new BufferedInputStream(input, READ_BYTES),
                UnpooledByteBufAllocator.DEFAULT);
            begun = true;
            return reader;
        } catch (IOException e) {
            throw new IOException(file + " cannot be read: " + e.getMessage(), e);
        } finally {
            if (!begun) {
                input.close();
            }
        }
    }

    /** How far it is, in one line. Any thread. */
    String progress() {
        long size;
        try {
            size = Files.isRegularFile(file) ? Files.size(file) : 0;
        } catch (IOException e) {
            size = 0;
        }
        return file + (size == 0 ? "" : ", " + Math.min(100, input.bytes() * 100 / size) + " % read") + ": "
            + replay.sent() + " frames sent, " + replay.failed() + " not sent";
    }

    private void run() {
        try {
            long frames = replay.run();
            // The last ones are written and may not be sent yet.
            while (replay.unsettled() > 0 && channel.isActive()) {
                Thread.sleep(POLL_MILLIS);
            }
            if (!channel.isActive()) {
                // Once it is closed all promises are done.
                channel.closeFuture().await();
                if (replay.sent() < frames) {
                    throw new ClosedChannelException();
                }
            }
            over.complete(frames);
        } catch (ClosedChannelException e) {
            over.completeExceptionally(port.errors().gone());
        } catch (IOException e) {
            over.completeExceptionally(new IOException(file + " cannot be read further: " + e.getMessage(), e));
        } catch (Throwable e) {
            over.completeExceptionally(e);
        }
    }

    /** Done with how many frames were written when all are through, or with what went wrong. */
    CompletableFuture<Long> over() {
        return over;
    }

    FrameChannel channel() {
        return channel;
    }

    OpenPort port() {
        return port;
    }

    /** What was sent so far, and what not, one thing a line; complete once it is closed. Any thread. */
    String counters() {
        long unsettled = replay.unsettled();
        StringBuilder text = new StringBuilder(port.name() + ": " + replay.sent() + " frames sent, " + replay.failed()
            + " not sent" + (unsettled == 0 ? "" : ", " + unsettled + " not known to be either") + "; the port sent "
            + channel.stats().txFrames() + " and dropped " + channel.stats().txDrops() + kernelCounter());
        replay.failures().forEach((reason, count) -> line(text, count, "not sent: " + reason));
        replay.foreign().forEach((linkType, count) -> line(text, count, "passed over: packets of "
            + LinkTypes.name(linkType) + ", and " + port.name() + " takes " + LinkTypes.wanted(channel.linkLayer())));
        line(text, replay.truncated(), "cut by the snap length of the capture, and sent as short as they are");
        line(text, replay.untimed(), "without a time stamp, and sent right behind the one before");
        line(text, replay.leaps(), "leaps of the recorded clock, bounded by --max-gap");
        return text.toString();
    }

    private static void line(StringBuilder text, long count, String what) {
        if (count > 0) {
            text.append(System.lineSeparator()).append("  ").append(count).append(' ').append(what);
        }
    }

    private String kernelCounter() {
        DeviceDrops drops = atTheEnd == null ? channel.deviceDrops() : atTheEnd;
        return drops.sent() < 0 ? "" : ", and the kernel " + drops.sent();
    }

    /**
     * Fails unless all packets of the file, or as many as asked for, were sent; after a replay that was stopped, unless
     * one was, or there was none. To be asked when it is closed.
     */
    void requireSent() throws IOException {
        long foreign = replay.foreign().values().stream().mapToLong(Long::longValue).sum();
        long packets = replay.written() + foreign;
        long sent = replay.sent();
        boolean through = over.isDone() && !over.isCompletedExceptionally();
        if (sent < packets && (through || sent == 0)) {
            long unsettled = replay.unsettled();
            throw new IOException(file + ": " + (sent == 0 ? "none" : "only " + sent) + " of " + packets
                + " packets sent" + (unsettled == 0 ? "" : ", and " + unsettled + " of which nothing is known"));
        }
    }

    /** Ends the replay and closes the port and the file. */
    @Override
    public void close() throws IOException {
        thread.interrupt();
        try {
            thread.join();
            awaitOutcomes(channel::isActive);
        } catch (InterruptedException e) {
            // The thread ends all the same, and finds the file closed at worst.
            Thread.currentThread().interrupt();
        }
        if (atTheEnd == null) {
            atTheEnd = channel.deviceDrops();
        }
        channel.close().awaitUninterruptibly();
        try {
            // The promises of what was not sent fail a little after the channel is closed.
            awaitOutcomes(() -> true);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        reader.close();
    }

    private void awaitOutcomes(BooleanSupplier worthIt) throws InterruptedException {
        long end = System.nanoTime() + PATIENCE_NANOS;
        while (replay.unsettled() > 0 && worthIt.getAsBoolean() && end - System.nanoTime() > 0) {
            Thread.sleep(POLL_MILLIS);
        }
    }
}
