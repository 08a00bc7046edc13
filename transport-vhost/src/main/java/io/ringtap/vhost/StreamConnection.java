/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vhost;

import io.netty.buffer.ByteBuf;
import io.ringtap.channel.spi.FrameDevice;
import io.ringtap.channel.spi.FrameSink;
import io.ringtap.ethernet.DropReason;
import io.ringtap.internal.unix.Errno;
import io.ringtap.internal.unix.IovecArray;
import io.ringtap.internal.unix.NativeMemory;
import io.ringtap.internal.unix.SystemCallException;
import io.ringtap.internal.unix.SystemCalls;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * One connection whose frames have their length in front of them, from when it is made until it ends. An {@link
 * IOException} of its methods says that it has ended, and why. On the event loop.
 */
final class StreamConnection {
    private static final int ETHERNET_HEADER = 14;
    /** Frames that one round drops before other channels have their turn. */
    private static final int MOST_DROPS = 64;

    private final int fd;
    private final StreamDecoder decoder;
    private final NativeMemory prefix;
    private final IovecArray vector;
    /** The frame of which the kernel has taken a part, {@code null} if there is none, and the rest of it. */
    private ByteBuf torn;
    private NativeMemory rest;
    private int restAt;
    private int restEnd;
    private boolean hungUp;
    private boolean reading;
    private boolean closed;

    /** @param fd the socket, which this object owns if the constructor returns */
    StreamConnection(int fd, int maxFrame) {
        this.fd = fd;
        decoder = new StreamDecoder(maxFrame);
        prefix = NativeMemory.allocate(StreamDecoder.PREFIX);
        prefix.buffer().order(ByteOrder.BIG_ENDIAN);
        vector = new IovecArray(prefix);
    }

    int descriptor() {
        return fd;
    }

    /** Notes that the other side has hung up: what it has sent before may still be read, and nothing be written. */
    void hangUp() {
        hungUp = true;
    }

    boolean isHungUp() {
        return hungUp;
    }

    /** Whether {@link #read} has something to do though the socket may not be readable. */
    boolean hasNext() {
        return hungUp || decoder.hasNext();
    }

    /** As {@link FrameDevice#read}. */
    void read(FrameSink sink) throws IOException {
        reading = true;
        try {
            int drops = 0;
            do {
                for (int length; !closed && (length = decoder.length()) >= 0;) {
                    if (length < ETHERNET_HEADER) {
                        decoder.skip();
                        sink.drop(DropReason.MALFORMED);
                        if (++drops == MOST_DROPS) {
                            return;
                        }
                        continue;
                    }
                    ByteBuf frame = sink.allocate(length);
                    decoder.take(frame);
                    if (!sink.frame(frame)) {
                        return;
                    }
                }
            } while (!closed && receive());
        } finally {
            reading = false;
            if (closed) {
                free();
            }
        }
    }

    /** Reads once; whether there may be more to read. */
    private boolean receive() throws IOException {
        int room = decoder.room();
        long n = SystemCalls.read(fd, decoder.address(), room);
        if (n > 0) {
            decoder.added((int) n);
            return n == room || decoder.hasNext();
        }
        if (n == 0) {
            throw new IOException("the other side has closed the connection"
                + (decoder.isBetweenFrames() ? "" : " in the middle of a frame"));
        }
        if (isTransient(n)) {
            return false;
        }
        throw failed("read", n);
    }

    /** Errors after which the connection is as it was. */
    private static boolean isTransient(long error) {
        return Errno.EAGAIN.is(error) || Errno.EINTR.is(error) || Errno.ENOMEM.is(error) || Errno.ENOBUFS.is(error);
    }

    private static IOException failed(String call, long error) {
        return new SystemCallException(call, (int) -error, null);
    }

    /**
     * Sends a frame. A frame of which the kernel takes a part counts as not sent, and has to be given again; its rest
     * is kept, so that the stream stays in order whatever becomes of it.
     *
     * @return {@link FrameDevice#WRITTEN}, {@link FrameDevice#FULL}, or a negative error number if the kernel has no
     *     memory for this frame
     */
    int write(ByteBuf frame) throws IOException {
        if (restEnd > restAt && !sendRest()) {
            return FrameDevice.FULL;
        }
        if (frame == torn) {
            torn = null;
            return FrameDevice.WRITTEN;
        }
        torn = null;
        int length = frame.readableBytes();
        prefix.buffer().putInt(0, length);
        long n = vector.write(fd, frame);
        if (n == StreamDecoder.PREFIX + length) {
            return FrameDevice.WRITTEN;
        }
        if (n > 0) {
            keepRest(frame, (int) n);
            return FrameDevice.FULL;
        }
        if (n == 0 || Errno.EAGAIN.is(n)) {
            return FrameDevice.FULL;
        }
        if (Errno.ENOMEM.is(n) || Errno.ENOBUFS.is(n)) {
            return (int) n;
        }
        throw failed("write", n);
    }

    private void keepRest(ByteBuf frame, int sent) throws IOException {
        int length = frame.readableBytes();
        try {
            if (rest == null || rest.size() < StreamDecoder.PREFIX + length) {
                if (rest != null) {
                    rest.free();
                    rest = null;
                }
                rest = NativeMemory.allocate(StreamDecoder.PREFIX + length);
            }
            ByteBuffer whole = rest.buffer();
            whole.order(ByteOrder.BIG_ENDIAN).putInt(0, length);
            whole.limit(StreamDecoder.PREFIX + length).position(StreamDecoder.PREFIX);
            frame.getBytes(frame.readerIndex(), whole);
            whole.clear();
        } catch (OutOfMemoryError | RuntimeException broken) {
            throw new IOException("the rest of a frame that was sent in part is lost", broken);
        }
        torn = frame;
        restAt = sent;
        restEnd = StreamDecoder.PREFIX + length;
    }

    private boolean sendRest() throws IOException {
        long n = SystemCalls.write(fd, rest.address() + restAt, restEnd - restAt);
        if (n < 0 && !isTransient(n)) {
            throw failed("write", n);
        }
        restAt += (int) Math.max(0, n);
        return restAt == restEnd;
    }

    /** Closes the socket. Harmless from within {@link #read}. */
    void close() {
        if (!closed) {
            closed = true;
            SystemCalls.close(fd);
            if (!reading) {
                free();
            }
        }
    }

    private void free() {
        decoder.free();
        prefix.free();
        vector.free();
        if (rest != null) {
            rest.free();
            rest = null;
        }
    }
}
