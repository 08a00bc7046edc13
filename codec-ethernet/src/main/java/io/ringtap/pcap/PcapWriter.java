/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.pcap;

import io.netty.buffer.ByteBuf;
import io.netty.util.internal.ObjectUtil;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Writes frames to pcapng files that tcpdump and Wireshark read: time stamps in nanoseconds, direction, several
 * interfaces, statistics with the frames that were dropped here and by the system at the end of each file.
 *
 * <p>Event loops only copy frames into a queue, bounded in bytes; a daemon thread of the writer does the rest. A frame
 * that finds the queue full is dropped and counted by interface. {@link #close()} the writer before the JVM exits, or
 * the end of the capture is lost. If a file cannot be written, because the disk is full or the reader of a pipe has
 * closed it, the listener of {@link Builder#onFailure} gets the cause once, and {@link #closeAsync()} fails with it.
 * The frames that could not be written and all further frames count as dropped, and the file ends with the last frame
 * that it has whole.
 *
 * <p>Files are created for their owner alone (mode 0600). One that exists is replaced if it is a regular file of the
 * same owner; no symbolic link is followed.
 */
public final class PcapWriter implements Closeable {
    /** As tcpdump: longer than any frame of a tap, segments to be cut included. */
    public static final int MAX_SNAP_LENGTH = 262_144;

    private static final InternalLogger logger = InternalLoggerFactory.getInstance(PcapWriter.class);
    private static final Object CLOSE = new Object();

    private final PcapFiles files;
    private final int snapLength;
    private final long maxQueuedBytes;
    private final LongSupplier clock;
    private final List<PcapInterface> interfaces = new CopyOnWriteArrayList<>();
    /** Packet blocks, {@link PcapInterface}s to describe, and {@link #CLOSE}; bounded by {@link #queuedBytes}. */
    private final LinkedBlockingQueue<Object> queue = new LinkedBlockingQueue<>();
    private final AtomicLong queuedBytes = new AtomicLong();
    private final AtomicBoolean closing = new AtomicBoolean();
    private final CompletableFuture<Void> closed = new CompletableFuture<>();
    private final Consumer<Throwable> onFailure;
    private volatile Throwable failure;
    /** Set before the thread empties the queue for the last time. */
    private volatile boolean ended;

    private PcapWriter(Builder builder, LongSupplier clock) throws IOException {
        this.clock = clock;
        snapLength = builder.snapLength;
        maxQueuedBytes = builder.queueBytes;
        onFailure = builder.onFailure == null ? cause -> logger.warn("Capture ends early: {}", cause.toString())
            : builder.onFailure;
        files = new PcapFiles(builder, clock);
        Thread thread = new Thread(this::run, "pcap-" + builder.name);
        thread.setDaemon(true);
        try {
            thread.start();
        } catch (Throwable cause) {
            files.release();
            throw cause;
        }
    }

    /** Begins a capture to a file. A regular file of the same owner that has its name is replaced. */
    public static Builder to(Path path) {
        return new Builder(ObjectUtil.checkNotNull(path, "path"), null, String.valueOf(path.getFileName()));
    }

    /**
     * Begins a capture to a pipe, a socket or another channel, which does not rotate.
     *
     * @param channel a blocking one; the writer closes it
     * @param name how to call it in messages
     */
    public static Builder to(WritableByteChannel channel, String name) {
        return new Builder(null, ObjectUtil.checkNotNull(channel, "channel"), ObjectUtil.checkNotNull(name, "name"));
    }

    /**
     * Adds an interface. Frames of several interfaces share the file.
     *
     * @param name as tools show it, such as {@code tap0}; at most 65535 bytes of UTF-8
     */
    public PcapInterface addInterface(String name) {
        return addInterface(name, () -> -1);
    }

    /**
     * Adds an interface. Frames of several interfaces share the file.
     *
     * @param name as tools show it, such as {@code tap0}; at most 65535 bytes of UTF-8
     * @param systemDrops how many frames the operating system has dropped since the capture began, before they came
     *     here, and -1 if that is not known: the {@code isb_osdrop} of the statistics. Called on the writer's thread
     *     when a file is completed
     */
    public synchronized PcapInterface addInterface(String name, LongSupplier systemDrops) {
        ObjectUtil.checkNotNull(systemDrops, "systemDrops");
        if (name.getBytes(StandardCharsets.UTF_8).length > 0xffff) {
            throw new IllegalArgumentException("an interface name of " + name.length() + " characters");
        }
        PcapInterface added = new PcapInterface(this, interfaces.size(), name, systemDrops);
        interfaces.add(added);
        queue.add(added);
        return added;
    }

    /** Has what is queued written and the file completed, without waiting for it. */
    public CompletableFuture<Void> closeAsync() {
        if (closing.compareAndSet(false, true)) {
            queue.add(CLOSE);
        }
        return closed.copy();
    }

    /**
     * Waits until what is queued is written and the file complete. Not for event loops.
     *
     * @throws IOException if the files could not be written
     */
    @Override
    public void close() throws IOException {
        try {
            closeAsync().join();
        } catch (CompletionException e) {
            Throwable cause = e.getCause();
            throw new IOException("capture incomplete: " + (cause.getMessage() == null ? cause : cause.getMessage()),
                cause);
        }
    }

    int snapLength() {
        return snapLength;
    }

    long now() {
        return clock.getAsLong();
    }

    /** Whether nothing that comes from now on is written. */
    boolean hasEnded() {
        return ended || closing.get();
    }

    /** Why it has ended before it was closed, null if it has not. */
    Throwable failure() {
        return failure;
    }

    boolean reserve(int bytes) {
        if (queuedBytes.addAndGet(bytes) > maxQueuedBytes) {
            unreserve(bytes);
            return false;
        }
        return true;
    }

    void unreserve(int bytes) {
        queuedBytes.addAndGet(-bytes);
    }

    void enqueue(ByteBuf block) {
        queue.add(block);
        if (ended) {
            // The thread may have emptied the queue before this came.
            discardQueue();
        }
    }

    private void run() {
        Throwable cause = null;
        try {
            writeUntilClosed();
            files.close();
        } catch (Throwable e) {
            cause = e;
        }
        files.release();
        failure = cause;
        ended = true;
        discardQueue();
        if (cause == null) {
            closed.complete(null);
        } else {
            closed.completeExceptionally(cause);
            tell(cause);
        }
    }

    private void tell(Throwable cause) {
        logger.debug("Capture ends early", cause);
        try {
            onFailure.accept(cause);
        } catch (Throwable e) {
            logger.warn("Capture ends early: {}; and its listener failed", cause.toString(), e);
        }
    }

    private void writeUntilClosed() throws IOException, InterruptedException {
        for (;;) {
            Object item = queue.poll();
            if (item == null) {
                files.flush();
                item = queue.take();
            }
            if (item == CLOSE) {
                return;
            }
            if (item instanceof PcapInterface added) {
                files.add(added);
            } else {
                write((ByteBuf) item);
            }
        }
    }

    private void write(ByteBuf block) throws IOException {
        boolean written = false;
        try {
            files.write(block);
            written = true;
        } finally {
            if (written) {
                unreserve(block.readableBytes());
                block.release();
            } else {
                discard(block);
            }
        }
    }

    private void discardQueue() {
        for (Object item = queue.poll(); item != null; item = queue.poll()) {
            if (item instanceof ByteBuf block) {
                discard(block);
            }
        }
    }

    private void discard(ByteBuf block) {
        interfaces.get(PcapngBlocks.packetInterface(block, block.readerIndex())).countLost();
        unreserve(block.readableBytes());
        block.release();
    }

    private static long wallClock() {
        Instant now = Instant.now();
        return now.getEpochSecond() * 1_000_000_000L + now.getNano();
    }

    /** Settings of a capture; what is not set has the default named. */
    public static final class Builder {
        /** Null if there is a channel. */
        final Path path;
        final WritableByteChannel channel;
        final String name;
        int linkType = PcapLinkType.ETHERNET;
        int snapLength = MAX_SNAP_LENGTH;
        long rotateBytes;
        long rotateNanos;
        int maxPeriods;
        int maxFiles;
        private long queueBytes = 16 << 20;
        private Consumer<Throwable> onFailure;

        private Builder(Path path, WritableByteChannel channel, String name) {
            this.path = path;
            this.channel = channel;
            this.name = name;
        }

        /** A constant of {@link PcapLinkType}; {@link PcapLinkType#ETHERNET}. */
        public Builder linkType(int linkType) {
            this.linkType = ObjectUtil.checkInRange(linkType, 0, 0xffff, "linkType");
            return this;
        }

        /** The most bytes kept of a frame, up to {@link #MAX_SNAP_LENGTH}, which is the default. */
        public Builder snapLength(int bytes) {
            snapLength = ObjectUtil.checkInRange(bytes, 1, MAX_SNAP_LENGTH, "snapLength");
            return this;
        }

        /**
         * The size at which a new file begins: {@code trace.pcapng} is followed by {@code trace_00001.pcapng}. A file
         * is longer by its statistics, or if its first packet alone is. 0, the default, is one file without bound.
         * {@link #open()} fails if numbered files of that name are there from an earlier capture, so that those of two
         * captures never mix.
         *
         * @throws UnsupportedOperationException if there is no file to rotate
         */
        public Builder rotateBytes(long bytes) {
            rotateBytes = ObjectUtil.checkPositiveOrZero(bytes, "rotateBytes");
            if (bytes > 0 && path == null) {
                throw new UnsupportedOperationException("only files rotate, and this is " + name);
            }
            return this;
        }

        /**
         * How long a file is written to: a frame that comes later begins a new one. In the name of the file,
         * conversions of strftime(3) such as {@code %H%M%S} stand for the time at which a file begins; a file whose
         * name is that of the one before is numbered, as by {@link #rotateBytes}. Zero, the default, is no bound.
         *
         * @throws IllegalArgumentException if the name has a conversion that is not known
         * @throws UnsupportedOperationException if there is no file to rotate
         */
        public Builder rotateEvery(Duration period) {
            rotateNanos = ObjectUtil.checkPositiveOrZero(period.toNanos(), "period");
            if (rotateNanos > 0) {
                if (path == null) {
                    throw new UnsupportedOperationException("only files rotate, and this is " + name);
                }
                TimedName.at(path, 0, ZoneOffset.UTC);
            }
            return this;
        }

        /**
         * How many times {@link #rotateEvery} begins a file, the first one counted: the last one takes all the rest. 0,
         * the default, is no bound.
         */
        public Builder maxPeriods(int periods) {
            maxPeriods = ObjectUtil.checkPositiveOrZero(periods, "periods");
            return this;
        }

        /** How many files are kept when they rotate, the oldest deleted; 0, the default, keeps all. */
        public Builder maxFiles(int files) {
            maxFiles = ObjectUtil.checkPositiveOrZero(files, "maxFiles");
            return this;
        }

        /** The most bytes that wait for the disk; 16 MiB. */
        public Builder queueBytes(long bytes) {
            queueBytes = ObjectUtil.checkPositive(bytes, "queueBytes");
            return this;
        }

        /**
         * Sets a listener that is called, once and on the writer's thread, if the capture ends before it is closed
         * because a file cannot be written; the counters of the interfaces are complete by then. By default a warning
         * is logged.
         */
        public Builder onFailure(Consumer<Throwable> listener) {
            onFailure = ObjectUtil.checkNotNull(listener, "listener");
            return this;
        }

        /**
         * Opens the file and starts the thread.
         *
         * @throws IOException if the file cannot be opened; what was there by its name is still there
         */
        public PcapWriter open() throws IOException {
            return open(PcapWriter::wallClock);
        }

        PcapWriter open(LongSupplier clock) throws IOException {
            return new PcapWriter(this, clock);
        }
    }
}
