/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vhost;

import io.netty.buffer.ByteBuf;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import io.ringtap.channel.spi.FrameDevice;
import io.ringtap.ethernet.DropReason;
import io.ringtap.ethernet.FrameBatch;
import io.ringtap.ethernet.FrameRefusedException;
import io.ringtap.internal.vhost.queue.FrameOutput;
import io.ringtap.virtio.VirtioNetHeader;
import io.ringtap.virtio.VirtioNetOffload;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VnetHeaderLength;

import java.util.EnumMap;
import java.util.Map;

/** Puts the frames of a channel into a queue, and says which ones cannot be. On the event loop. */
final class QueueWriter {
    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(QueueWriter.class);

    private final VirtioNetHeader header;
    private final Lender own;
    private final String name;
    private final String other;
    private final Map<DropReason, FrameRefusedException> refusals = new EnumMap<>(DropReason.class);

    /**
     * Makes one for the queues of a device, one after the other.
     *
     * @param name of the device, for messages
     * @param other what its other side is called there
     */
    QueueWriter(VirtioNetHeader header, Lender own, Object name, String other) {
        this.header = header;
        this.own = own;
        this.name = name.toString();
        this.other = other;
    }

    /**
     * Writes frames in front of a batch that are lent from another queue, with one copy from memory to memory, and
     * gives them back.
     *
     * @return how many, or {@link FrameDevice#NO_ROOM}, as {@link FrameDevice#writeHandles} says
     */
    int writeLent(FrameOutput out, FrameBatch batch, int max, VirtioNetOffloads takes) {
        if (!(batch.memory() instanceof LentFrames from) || !from.isUsable()) {
            return 0;
        }
        int most = Math.min(max, batch.size());
        int sent = 0;
        int result = FrameOutput.WRITTEN;
        try {
            while (sent < most && batch.isHandle(sent) && isTaken(batch, sent, takes)) {
                result = from.write(batch.handle(sent), out);
                if (result != FrameOutput.WRITTEN) {
                    break;
                }
                sent++;
            }
            own.settle();
            from.lender().settle();
        } catch (InternalError fault) {
            // The frames stay, and are written again or refused: what has become of these cannot be known.
            (own.isTruncated() ? own : from.lender()).memoryLost(fault);
            return 0;
        }
        if (sent > 0) {
            from.giveBack(batch, sent);
        }
        return sent == 0 && result == FrameOutput.FULL ? FrameDevice.NO_ROOM : sent;
    }

    private boolean isTaken(FrameBatch batch, int index, VirtioNetOffloads takes) {
        if (header.length() == VnetHeaderLength.NONE) {
            return true;
        }
        // The first two bytes of the header are flags and kind.
        long first = batch.getLong(index, 0);
        return isTaken((int) (first >>> 56), (int) (first >>> 48) & 0xff, takes);
    }

    /** Writes as many frames as there is room for and as the other side takes as they are, from the first one on. */
    int write(FrameOutput out, ByteBuf[] frames, int count, VirtioNetOffloads takes) {
        int sent = 0;
        try {
            while (sent < count && isTaken(frames[sent], takes) && out.write(frames[sent]) == FrameOutput.WRITTEN) {
                sent++;
            }
        } catch (InternalError fault) {
            throw fault;
        } catch (RuntimeException | Error broken) {
            // The frame shows it again when it is the first: those in front of it are sent.
            LOGGER.trace("{} could not read a frame", name, broken);
        }
        return sent;
    }

    /** Refuses a frame that the other side does not take as it is. */
    void requireTaken(ByteBuf frame, VirtioNetOffloads takes) throws FrameRefusedException {
        if (!isTaken(frame, takes)) {
            throw new FrameRefusedException(DropReason.REFUSED, name + " refused a frame: it has something left undone"
                + " that the " + other + " does not take");
        }
    }

    private boolean isTaken(ByteBuf frame, VirtioNetOffloads takes) {
        if (header.length() == VnetHeaderLength.NONE || frame.readableBytes() < header.bytes()) {
            return true;
        }
        int index = frame.readerIndex();
        return isTaken(header.flags(frame, index), header.gsoType(frame, index), takes);
    }

    private static boolean isTaken(int flags, int gso, VirtioNetOffloads takes) {
        if (gso == VirtioNetHeader.GSO_NONE) {
            return (flags & VirtioNetHeader.NEEDS_CSUM) == 0 || takes.contains(VirtioNetOffload.CSUM);
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

    /** What a frame is refused with. */
    FrameRefusedException refusal(DropReason reason) {
        return refusals.computeIfAbsent(reason,
            r -> new FrameRefusedException(r, name + " refused a frame: " + whyRefused(r)));
    }

    private String whyRefused(DropReason reason) {
        return switch (reason) {
            case DOWN -> "no " + other + " is there";
            case TOO_LONG -> "it is longer than the buffers of the " + other + ", or than any frame";
            default -> "it is shorter than an Ethernet header";
        };
    }
}
