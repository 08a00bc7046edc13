/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.pcap;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.util.internal.ObjectUtil;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntPredicate;

/**
 * Writes the packets of a capture to a channel, at the pace they were captured, faster or slower, at a given rate, or
 * as fast as the channel takes them. While the channel is not writable it waits; nothing is dropped here. A frame check
 * sequence that the capture kept is left out, and a packet that it cut short is sent as short as it is.
 *
 * <p>Packets may be of any link type unless {@link #linkTypes} says which ones the channel takes. The counters may be
 * read by any thread, and are complete once {@link #run()} has ended and {@link #unsettled()} is 0.
 */
public final class PcapReplay {
    /** The longest time between two packets at the recorded pace, unless {@link #maxGap} sets another. */
    public static final Duration DEFAULT_MAX_GAP = Duration.ofSeconds(10);

    /** Packets between two flushes when there is no waiting. */
    private static final int BATCH = 64;
    private static final long POLL_NANOS = TimeUnit.MICROSECONDS.toNanos(100);
    /** The longest wait: centuries, and still small enough to be added to a point in time. */
    private static final long LONGEST_WAIT_NANOS = Long.MAX_VALUE / 4;

    private final PcapReader reader;
    private final Channel channel;
    private final int vnetHeaderLength;
    private final ReplayOutcomes outcomes = new ReplayOutcomes();
    private final Map<Integer, LongAdder> foreign = new ConcurrentHashMap<>();
    private IntPredicate linkTypes = any -> true;
    private long limit = Long.MAX_VALUE;
    private double speed;
    private double nanosPerFrame;
    private Duration maxGap = DEFAULT_MAX_GAP;
    private RecordedClock clock;
    /** Written by the thread that runs. */
    private volatile long written;
    private volatile long truncated;
    private volatile long untimed;
    private volatile long leaps;

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

    /**
     * Keeps the time between packets as captured, divided by a factor: 1 is the original pace, 2 twice as fast. A
     * packet without a time stamp, or with an earlier one than a packet before, goes right behind the one before it;
     * longer gaps than {@link #maxGap} are bounded.
     */
    public PcapReplay atRecordedPace(double speed) {
        if (!(speed > 0)) {
            throw new IllegalArgumentException("speed " + speed + " is not above 0");
        }
        this.speed = speed;
        nanosPerFrame = 0;
        return this;
    }

    /**
     * The longest time between two packets at the recorded pace, before it is divided by the speed; {@link
     * #DEFAULT_MAX_GAP} unless set. Time stamps further ahead count as that far ahead. Those further back are a clock
     * that was set: time goes on from there. Both are counted as {@link #leaps()}.
     */
    public PcapReplay maxGap(Duration gap) {
        if (gap.isNegative()) {
            throw new IllegalArgumentException("a longest gap of " + gap);
        }
        maxGap = gap;
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

    /**
     * Which link types, as {@link PcapLinkType} numbers them, the channel takes; any unless set. Packets of others,
     * which are those of some interfaces of a pcapng file or all of a file, are passed over without waiting and counted
     * as {@link #foreign()}.
     */
    public PcapReplay linkTypes(IntPredicate accepted) {
        linkTypes = ObjectUtil.checkNotNull(accepted, "accepted");
        return this;
    }

    /** Ends after so many packets written. */
    public PcapReplay limit(long packets) {
        limit = ObjectUtil.checkPositiveOrZero(packets, "packets");
        return this;
    }

    /** Packets written so far. */
    public long written() {
        return written;
    }

    /** Packets that the channel took, so far: their promises succeeded. */
    public long sent() {
        return outcomes.sent();
    }

    /** Packets that the channel refused, so far: their promises failed. */
    public long failed() {
        return outcomes.failed();
    }

    /** Why packets were refused so far, as the promises' causes say, and how many for each reason. */
    public Map<String, Long> failures() {
        return outcomes.failures();
    }

    /** Packets that were written and whose promises are not done: whether they are sent is not known yet. */
    public long unsettled() {
        // In this order: a packet is written before it is sent.
        long settled = outcomes.sent() + outcomes.failed();
        return Math.max(0, written - settled);
    }

    /** Packets passed over so far as the channel does not take their link type, by link type. */
    public Map<Integer, Long> foreign() {
        Map<Integer, Long> counts = new TreeMap<>();
        foreign.forEach((linkType, count) -> counts.put(linkType, count.sum()));
        return counts;
    }

    /** Packets among those written that the capture had cut short, by its snap length. */
    public long truncated() {
        return truncated;
    }

    /** Packets among those written that had no time stamp. */
    public long untimed() {
        return untimed;
    }

    /** How often time stamps were further apart than the longest gap, at the recorded pace. */
    public long leaps() {
        return leaps;
    }

    /**
     * Reads and writes until the end of the capture; blocks, so never on an event loop. Once only.
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
        clock = new RecordedClock(saturatedNanos(maxGap));
        long begin = System.nanoTime();
        long due = begin;
        try {
            while (written < limit) {
                CapturedPacket packet = reader.next();
                if (packet == null) {
                    break;
                }
                boolean passed = false;
                try {
                    if (!linkTypes.test(packet.linkType())) {
                        foreign.computeIfAbsent(packet.linkType(), none -> new LongAdder()).increment();
                        throwIfEnded();
                        continue;
                    }
                    due = speed > 0 ? due + bounded(clock.gapTo(packet) / speed)
                        : begin + bounded(written * nanosPerFrame);
                    leaps = clock.leaps();
                    awaitTurn(due);
                    write(packet);
                    passed = true;
                } finally {
                    if (!passed || vnetHeaderLength > 0) {
                        packet.data().release();
                    }
                }
            }
        } finally {
            channel.flush();
        }
        return written;
    }

    private static long saturatedNanos(Duration duration) {
        return duration.compareTo(Duration.ofNanos(LONGEST_WAIT_NANOS)) < 0 ? duration.toNanos() : LONGEST_WAIT_NANOS;
    }

    private static long bounded(double nanos) {
        return (long) Math.min(nanos, LONGEST_WAIT_NANOS);
    }

    /** Takes over the packet's data, if there is no vnet header to put in front. */
    private void write(CapturedPacket packet) {
        ByteBuf data = packet.data();
        boolean cut = packet.isTruncated();
        data.writerIndex(data.readerIndex() + packet.frameLength());
        ByteBuf message = withVnetHeader(data);
        // Nothing is counted as sent that is not counted as written.
        written++;
        if (cut) {
            truncated++;
        }
        if (!packet.hasTimestamp()) {
            untimed++;
        }
        channel.write(message).addListener(outcomes);
    }

    private void throwIfEnded() throws IOException, InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        if (!channel.isOpen()) {
            throw new ClosedChannelException();
        }
    }

    private void awaitTurn(long due) throws IOException, InterruptedException {
        boolean flushed = false;
        if (written % BATCH == BATCH - 1) {
            channel.flush();
            flushed = true;
        }
        for (;;) {
            throwIfEnded();
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
