/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.ethernet.pcap;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.util.internal.ObjectUtil;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/**
 * Writes the packets of a capture to a channel, at the pace they were captured, faster or slower, at a given rate, or
 * as fast as the channel takes them. While the channel is not writable it waits; nothing is dropped here.
 */
public final class PcapReplay {
    /** Packets between two flushes when there is no waiting. */
    private static final int BATCH = 64;
    private static final long POLL_NANOS = TimeUnit.MICROSECONDS.toNanos(100);

    private final PcapReader reader;
    private final Channel channel;
    private final int vnetHeaderLength;
    private final LongAdder sent = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final ChannelFutureListener counter =
        future -> (future.isSuccess() ? sent : failed).increment();
    private double speed;
    private double nanosPerFrame;

    /** Prepares a replay as fast as the channel takes it. The caller closes the reader. */
    public PcapReplay(PcapReader reader, Channel channel) {
        this(reader, channel, 0);
    }

    /**
     * Prepares a replay as fast as the channel takes it. The caller closes the reader.
     *
     * @param vnetHeaderLength zeros to put in front of every packet: a vnet header that asks for nothing
     */
    public PcapReplay(PcapReader reader, Channel channel, int vnetHeaderLength) {
        this.reader = ObjectUtil.checkNotNull(reader, "reader");
        this.channel = ObjectUtil.checkNotNull(channel, "channel");
        this.vnetHeaderLength = ObjectUtil.checkPositiveOrZero(vnetHeaderLength, "vnetHeaderLength");
    }

    /** Keeps the time between packets as captured, divided by a factor: 1 is the original pace, 2 twice as fast. */
    public PcapReplay atRecordedPace(double speed) {
        if (!(speed > 0)) {
            throw new IllegalArgumentException("speed " + speed + " is not above 0");
        }
        this.speed = speed;
        nanosPerFrame = 0;
        return this;
    }

    /** Sends packets evenly, whatever their time stamps. */
    public PcapReplay atRate(double packetsPerSecond) {
        if (!(packetsPerSecond > 0)) {
            throw new IllegalArgumentException("rate " + packetsPerSecond + " is not above 0");
        }
        nanosPerFrame = 1e9 / packetsPerSecond;
        speed = 0;
        return this;
    }

    /** Packets that the channel took, so far. */
    public long sent() {
        return sent.sum();
    }

    /** Packets that the channel refused, so far. */
    public long failed() {
        return failed.sum();
    }

    /**
     * Reads and writes until the end of the capture; blocks, so never on an event loop.
     *
     * @return how many packets were written; {@link #sent()} and {@link #failed()} tell what became of them
     * @throws PcapFormatException if the capture is malformed; the packets before were written
     * @throws ClosedChannelException if the channel closes meanwhile
     * @throws InterruptedException if the thread is interrupted meanwhile
     */
    public long run() throws IOException, InterruptedException {
        if (channel.isRegistered() && channel.eventLoop().inEventLoop()) {
            throw new IllegalStateException("a replay blocks: run it on a thread of its own");
        }
        long written = 0;
        long begin = System.nanoTime();
        long first = 0;
        try {
            for (CapturedPacket packet = reader.next(); packet != null; packet = reader.next()) {
                ByteBuf data = packet.data();
                boolean passed = false;
                try {
                    if (written == 0) {
                        first = packet.timestampNanos();
                    }
                    awaitTurn(begin + dueAfter(written, packet.timestampNanos() - first), written);
                    channel.write(withVnetHeader(data)).addListener(counter);
                    passed = true;
                } finally {
                    if (!passed || vnetHeaderLength > 0) {
                        data.release();
                    }
                }
                written++;
            }
        } finally {
            channel.flush();
        }
        return written;
    }

    private long dueAfter(long written, long recordedNanos) {
        return speed > 0 ? (long) (recordedNanos / speed) : (long) (written * nanosPerFrame);
    }

    private void awaitTurn(long due, long written) throws IOException, InterruptedException {
        boolean flushed = false;
        if (written % BATCH == BATCH - 1) {
            channel.flush();
            flushed = true;
        }
        for (;;) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            if (!channel.isOpen()) {
                throw new ClosedChannelException();
            }
            long wait = due - System.nanoTime();
            if (wait <= 0 && channel.isWritable()) {
                return;
            }
            if (!flushed) {
                channel.flush();
                flushed = true;
            }
            LockSupport.parkNanos(channel.isWritable() ? Math.min(wait, TimeUnit.MILLISECONDS.toNanos(100))
                : POLL_NANOS);
        }
    }

    private ByteBuf withVnetHeader(ByteBuf data) {
        if (vnetHeaderLength == 0) {
            return data;
        }
        return channel.alloc().buffer(vnetHeaderLength + data.readableBytes()).writeZero(vnetHeaderLength)
            .writeBytes(data, data.readerIndex(), data.readableBytes());
    }
}
