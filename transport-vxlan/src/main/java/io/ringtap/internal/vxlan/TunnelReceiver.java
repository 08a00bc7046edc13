/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vxlan;

import io.netty.buffer.ByteBuf;
import io.ringtap.channel.spi.FrameSink;
import io.ringtap.ethernet.DropReason;
import io.ringtap.ethernet.MacAddress;
import io.ringtap.ethernet.MacTable;
import io.ringtap.internal.offload.FrameList;
import io.ringtap.internal.offload.UnfinishedFrames;
import io.ringtap.internal.udp.ReceivedDatagrams;
import io.ringtap.internal.udp.UdpSocket;

/**
 * Makes frames of what the sockets of a tunnel receive. A message is received so that a vnet header has room in front
 * of the frame, where the header of the tunnel was:
 *
 * <pre>
 *   received:               | VXLAN header | Ethernet frame
 *   handed on:   | vnet header             | Ethernet frame      with a vnet header
 *                                          | Ethernet frame      without one
 * </pre>
 *
 * <p>Several datagrams that the kernel has joined are copied out, so that a handler that keeps one frame does not keep
 * all. On the event loop.
 */
final class TunnelReceiver {
    private static final int MIN_BATCH = 2;
    /** A batch of more bytes than this does not stay in the processor's cache until it is sent on. */
    private static final int BATCH_BYTES = 512 * 1024;
    private static final int LONGEST_MESSAGE = 65535;
    /** Copied by words. */
    private static final int SHORT = 256;

    private final VtepFilter filter;
    private final MacTable stations;
    private final boolean learning;
    private final Decapsulation decapsulation;
    private final UnfinishedFrames unfinished;
    private final int offset;
    private final int capacity;
    private final ReceivedDatagrams received = new ReceivedDatagrams();
    private final ByteBuf[] buffers = new ByteBuf[ReceivedDatagrams.MOST];
    private final FrameList ready = new FrameList();
    private int batch = MIN_BATCH;
    private int now;
    /** Whether the buffer of the message is the sink's, which hands it on by itself. */
    private boolean borrowed;
    /** Whether the frame that was finished last was segmented, so that its buffer is not handed on. */
    private boolean segmented;

    /** Says who is heard. */
    @FunctionalInterface
    interface VtepFilter {
        /** The end that has an address, {@code null} if nobody is heard there. */
        Vtep sender(long high, long low);
    }

    TunnelReceiver(Decapsulation decapsulation, VtepFilter filter, MacTable stations, boolean learning) {
        this.decapsulation = decapsulation;
        this.filter = filter;
        this.stations = stations;
        this.learning = learning;
        unfinished = new UnfinishedFrames(decapsulation.header());
        offset = decapsulation.header().bytes() - VxlanHeader.LENGTH;
        capacity = offset + LONGEST_MESSAGE;
    }

    /** Receives until there is no more, or the sink wants no more; returns whether it wants more. */
    boolean read(UdpSocket socket, FrameSink sink) {
        now = MacTable.seconds();
        while (true) {
            int wanted = Math.min(batch, sink.room(1));
            int count = wanted < 2 ? 0 : sink.allocate(buffers, wanted, capacity);
            if (count == 0) {
                int got = receiveOne(socket, sink);
                if (got != 1) {
                    return got == 0;
                }
                continue;
            }
            int got = Math.max(0, received.receive(socket.descriptor(), buffers, count, offset));
            for (int i = got; i < count; i++) {
                buffers[i].release();
                buffers[i] = null;
            }
            if (got == 0) {
                // Empty; or an error that is read away by this.
                batch = MIN_BATCH;
                return true;
            }
            long bytes = take(got, sink);
            boolean filled = got == count;
            if (filled) {
                batch = (int) Math.max(MIN_BATCH, Math.min(Math.min(ReceivedDatagrams.MOST, 2 * batch),
                    BATCH_BYTES * (long) got / Math.max(1, bytes)));
            } else {
                batch = Math.max(MIN_BATCH, Math.min(batch, got + 1));
            }
            if (!ready.handOn(sink)) {
                return false;
            }
            if (!filled) {
                return true;
            }
        }
    }

    /**
     * Receives one message, where there is no memory, or nobody asks, for more.
     *
     * @return 1 if the sink wants more; 0 if there is none; -1 if this read ends
     */
    private int receiveOne(UdpSocket socket, FrameSink sink) {
        ByteBuf buf = sink.allocate(capacity);
        buffers[0] = buf;
        int got = received.receive(socket.descriptor(), buffers, 1, offset);
        buffers[0] = null;
        if (got <= 0) {
            return 0;
        }
        borrowed = true;
        boolean inPlace = takeMessage(0, buf, sink);
        borrowed = false;
        if (inPlace) {
            return sink.frame(buf) ? 1 : -1;
        }
        buf.clear();
        // The budget of the round counts frames that are handed on: after others, the loop asks again.
        return ready.size() > 0 && ready.handOn(sink) ? 1 : -1;
    }

    private long take(int messages, FrameSink sink) {
        long bytes = 0;
        for (int i = 0; i < messages; i++) {
            ByteBuf buf = buffers[i];
            buffers[i] = null;
            bytes += received.length(i);
            if (!takeMessage(i, buf, sink)) {
                buf.release();
            }
        }
        return bytes;
    }

    /** Takes the frames out of a message; returns whether the buffer of the message has become one of them. */
    private boolean takeMessage(int message, ByteBuf buf, FrameSink sink) {
        try {
            return takeFrames(message, buf, sink);
        } catch (OutOfMemoryError | RuntimeException noMemory) {
            // Of a sender that is new, or of the list: the other messages have buffers that are to be released.
            sink.drop(DropReason.NO_BUFFERS);
            return false;
        }
    }

    private boolean takeFrames(int message, ByteBuf buf, FrameSink sink) {
        int length = received.length(message);
        int segment = received.segment(message);
        if (received.isTruncated(message)) {
            sink.drop(DropReason.TRUNCATED);
            return false;
        }
        Vtep from = filter.sender(received.high(message), received.low(message));
        if (from == null) {
            drop(sink, DropReason.STRANGER, segment == 0 ? 1 : (length + segment - 1) / segment);
            return false;
        }
        from.lastHeard = now;
        int start = buf.writerIndex() + offset;
        buf.setIndex(buf.readerIndex(), start + length);
        return unpack(buf, start, length, segment, from, received.trafficClass(message), sink);
    }

    private static void drop(FrameSink sink, DropReason reason, int count) {
        for (int i = 0; i < count; i++) {
            sink.drop(reason);
        }
    }

    private boolean unpack(ByteBuf buf, int start, int length, int segment, Vtep from, int trafficClass,
                           FrameSink sink) {
        if (segment == 0 || segment >= length) {
            DropReason reason = take(buf, start, length, from, trafficClass);
            if (reason != null) {
                sink.drop(reason);
            }
            return reason == null && !segmented;
        }
        for (int at = 0; at < length; at += segment) {
            DropReason reason = copy(buf, start + at, Math.min(segment, length - at), from, trafficClass);
            if (reason != null) {
                sink.drop(reason);
            }
        }
        return false;
    }

    private DropReason copy(ByteBuf datagram, int at, int length, Vtep from, int trafficClass) {
        boolean lent = borrowed;
        ByteBuf copy = null;
        DropReason reason;
        try {
            ready.reserve(1);
            copy = datagram.alloc().directBuffer(offset + length);
            copyOctets(datagram, at, copy, offset, length);
            borrowed = false;
            reason = take(copy, offset, length, from, trafficClass);
        } catch (OutOfMemoryError | RuntimeException noMemory) {
            reason = DropReason.NO_BUFFERS;
        } finally {
            borrowed = lent;
        }
        if (copy != null && (reason != null || segmented)) {
            copy.release();
        }
        return reason;
    }

    /** Short datagrams by words, as a bulk copy makes an object for each. */
    private static void copyOctets(ByteBuf from, int at, ByteBuf to, int into, int length) {
        if (length > SHORT) {
            to.setBytes(into, from, at, length);
            return;
        }
        int done = 0;
        for (; length - done >= Long.BYTES; done += Long.BYTES) {
            to.setLong(into + done, from.getLong(at + done));
        }
        for (; done < length; done++) {
            to.setByte(into + done, from.getByte(at + done));
        }
    }

    /**
     * Takes the frame out of a datagram and adds it to those that are ready, unless its buffer is borrowed. Sets
     * whether the segments of a frame were added in its place.
     *
     * @return why it cannot be handed on, or {@code null}
     */
    private DropReason take(ByteBuf buf, int at, int length, Vtep from, int trafficClass) {
        segmented = false;
        DropReason reason = decapsulation.decapsulate(buf, at, length, from.innerMtu(), trafficClass);
        if (reason != null) {
            return reason;
        }
        if (learning && !MacAddress.isMulticast(decapsulation.source())) {
            stations.learn(decapsulation.source(), from.index, now);
        }
        if (decapsulation.isToBeSegmented()) {
            return segment(buf);
        }
        if (!borrowed) {
            ready.add(buf);
        }
        return null;
    }

    private DropReason segment(ByteBuf frame) {
        segmented = true;
        if (!borrowed) {
            return unfinished.segment(frame, ready);
        }
        // The buffer is received into again, and the segments share its payload.
        ByteBuf copy;
        try {
            copy = frame.copy();
        } catch (OutOfMemoryError | RuntimeException noMemory) {
            return DropReason.NO_BUFFERS;
        }
        DropReason reason = unfinished.segment(copy, ready);
        copy.release();
        return reason;
    }

    void free() {
        ready.releaseFrom(0);
        received.free();
    }
}
