/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vhost;

import io.netty.buffer.ByteBuf;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import io.ringtap.channel.spi.FrameSink;
import io.ringtap.ethernet.DropReason;
import io.ringtap.internal.vhost.queue.FrameInput;
import io.ringtap.internal.vhost.queue.FrameOutput;
import io.ringtap.virtio.VirtioNetHeader;
import io.ringtap.virtio.VirtioNetOffload;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VnetHeaderLength;

/** Moves frames between the queues of a pair and a channel. On the event loop. */
final class QueueFrames {
    /** Frames that are copied out of a ring, or into it, before anything else is done with them. */
    static final int TOGETHER = 64;
    /** What most frames are shorter than. */
    private static final int USUAL = 2048;

    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(QueueFrames.class);

    private final VirtioNetHeader header;
    private final ByteBuf[] buffers = new ByteBuf[TOGETHER];
    /** The longest frame so far. */
    private int longest = USUAL;
    /** What was filled is the buffer that the sink gives one by one. */
    private boolean single;

    QueueFrames(VirtioNetHeader header) {
        this.header = header;
    }

    /**
     * Copies frames that wait out of a ring, and gives them back; they are not published. Those for which there is no
     * buffer stay lent, and are the first ones the next time.
     *
     * @return how many there are now, to be passed to {@link #deliver}
     */
    int fill(FrameInput in, FrameSink sink) {
        if (in.lent() == 0) {
            in.take(Math.min(TOGETHER, sink.room(longest)));
            for (int dropped = in.takeDropped(); dropped > 0; dropped--) {
                sink.drop(DropReason.MALFORMED);
            }
        }
        int waiting = in.lent();
        long first = in.next() - waiting;
        for (long frame = first; frame < in.next(); frame++) {
            longest = Math.max(longest, in.length(frame));
        }
        int count = waiting < 2 ? 0 : sink.allocate(buffers, waiting, longest);
        single = count == 0;
        if (single && waiting > 0) {
            buffers[count++] = sink.allocate(longest);
        }
        for (int i = 0; i < count; i++) {
            in.read(first + i, buffers[i]);
            in.giveBack(first + i);
        }
        return count;
    }

    /** Passes what was filled on; whether to continue. */
    boolean deliver(FrameSink sink, int count) {
        if (!single) {
            return sink.frames(buffers, count);
        }
        ByteBuf only = buffers[0];
        buffers[0] = null;
        return sink.frame(only);
    }

    /** Writes as many frames as there is room for and as the other side takes as they are, from the first one on. */
    int write(FrameOutput out, ByteBuf[] frames, int count, VirtioNetOffloads takes) {
        int sent = 0;
        try {
            while (sent < count && isTaken(frames[sent], takes) && out.write(frames[sent]) == FrameOutput.WRITTEN) {
                sent++;
            }
        } catch (RuntimeException | Error broken) {
            // The frame shows it again when it is the first: those in front of it are sent.
            LOGGER.trace("A frame could not be read", broken);
        }
        return sent;
    }

    /** Whether the other side takes what a frame has left undone. */
    boolean isTaken(ByteBuf frame, VirtioNetOffloads takes) {
        if (header.length() == VnetHeaderLength.NONE || frame.readableBytes() < header.bytes()) {
            return true;
        }
        int index = frame.readerIndex();
        int gso = header.gsoType(frame, index);
        if (gso == VirtioNetHeader.GSO_NONE) {
            return (header.flags(frame, index) & VirtioNetHeader.NEEDS_CSUM) == 0
                || takes.contains(VirtioNetOffload.CSUM);
        }
        boolean ecn = (gso & VirtioNetHeader.GSO_ECN) == 0 || takes.contains(VirtioNetOffload.ECN);
        return ecn && switch (gso & ~VirtioNetHeader.GSO_ECN) {
            case VirtioNetHeader.GSO_TCPV4 -> takes.contains(VirtioNetOffload.TSO4);
            case VirtioNetHeader.GSO_TCPV6 -> takes.contains(VirtioNetOffload.TSO6);
            case VirtioNetHeader.GSO_UDP -> takes.contains(VirtioNetOffload.UFO);
            case VirtioNetHeader.GSO_UDP_L4 -> takes.contains(VirtioNetOffload.USO4)
                || takes.contains(VirtioNetOffload.USO6);
            default -> false;
        };
    }
}
