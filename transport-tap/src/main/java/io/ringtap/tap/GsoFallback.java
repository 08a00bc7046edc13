/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.netty.buffer.ByteBuf;
import io.ringtap.internal.unix.Errno;
import io.ringtap.virtio.GsoSplitter;
import io.ringtap.virtio.LinkLayer;
import io.ringtap.virtio.VirtioNetHeader;
import io.ringtap.virtio.VirtioNetVerdict;

/**
 * Writes frames with a vnet header, and a super-frame in segments if the kernel refuses it although it is legal.
 * Kernels do that: Linux 6.6.44 checked GSO frames for more than the specification asks. One that is refused proves
 * nothing, as a guest makes frames of its own; after {@value #REFUSALS} in a row super-frames are not offered any more,
 * but for one of {@value #RETRY}, by which a kernel that takes them is known again.
 *
 * <p>A flush makes {@value #ROUND} segments at most: one super-frame can be 8192 system calls. What is left is then for
 * the next flush, as if the kernel had no room for it. That holds neither for the last flush, behind which none comes,
 * nor for a frame that another has written in vain, behind which frames may be sent already. So a frame that becomes
 * more than {@value #MOST_AS_IS} segments is not left to others. On the event loop.
 */
final class GsoFallback {
    /** One frame, one system call. */
    @FunctionalInterface
    interface FrameWrite {
        /** write(2) or writev(2) of one whole frame; the bytes written or a negative error number. */
        long write(ByteBuf frame);
    }

    static final int REFUSALS = 8;
    static final int RETRY = 256;
    static final int ROUND = 512;
    /** What 64 KiB become at the least MTU of IPv4 that every host takes. */
    static final int MOST_AS_IS = 128;

    private final VirtioNetHeader header;
    private final GsoSplitter gso;
    private final FrameWrite kernel;
    private final Runnable refused;
    private boolean segmenting;
    private boolean told;
    /**
     * Legal super-frames that the kernel has refused since it last took one from here. What it takes from an event loop
     * that writes by itself is not told here, so there refusals add up over time; one of {@link #RETRY} ends that.
     */
    private int refusals;
    /** Super-frames that it was not offered since. */
    private int notOffered;
    /** Segments that this flush may still make. */
    private int left = ROUND;
    /** The super-frame whose segments the kernel had no room for yet, and the first of those. */
    private ByteBuf unfinished;
    private ByteBuf segment;

    /**
     * A fallback that is not needed yet.
     *
     * @param refused told, the first time that super-frames are not offered any more
     */
    GsoFallback(LinkLayer link, VirtioNetHeader header, FrameWrite kernel, Runnable refused) {
        this.header = header;
        gso = new GsoSplitter(link, header);
        this.kernel = kernel;
        this.refused = refused;
    }

    /**
     * Writes one frame, which does not change by it. After an EAGAIN the same frame is to be given again, as some of
     * its segments may have been written: when there is room, or, if the flush has made as many segments as it may,
     * with the next one.
     *
     * @return what the system call returned that decided about the frame
     */
    long write(ByteBuf frame) {
        if (frame == unfinished) {
            return writeSegments(frame);
        }
        if (segmenting && gso.isSuperFrame(frame) && ++notOffered % RETRY != 0) {
            return writeSegments(frame);
        }
        long result = kernel.write(frame);
        // Nearly always: the header of a frame that the kernel has taken matters only after a refusal.
        return result >= 0 && refusals == 0 ? result : offered(frame, result);
    }

    /**
     * Goes on with a frame that another has written as it is, in vain.
     *
     * @param error a negative error number
     * @return as {@link #write} does
     */
    long writeFailed(ByteBuf frame, int error) {
        int turn = left;
        left = Integer.MAX_VALUE;
        try {
            return frame == unfinished ? writeSegments(frame) : offered(frame, error);
        } finally {
            left = Math.max(0, turn - (Integer.MAX_VALUE - left));
        }
    }

    private long offered(ByteBuf frame, long result) {
        boolean superFrame = gso.isSuperFrame(frame);
        if (superFrame && result >= 0) {
            segmenting = false;
            refusals = 0;
        }
        if (!superFrame || !Errno.EINVAL.is(result) || !gso.hasPossibleHdrLen(frame)
            || gso.begin(frame) != VirtioNetVerdict.VALID) {
            return result;
        }
        if (++refusals == REFUSALS) {
            segmenting = true;
            if (!told) {
                told = true;
                refused.run();
            }
        }
        return writeSegments(frame);
    }

    /** A flush begins behind which none comes: it makes all segments. */
    void beginLastFlush() {
        left = Integer.MAX_VALUE;
    }

    /** A flush is over: the next one may make segments again. */
    void endOfFlush() {
        left = ROUND;
    }

    /** Whether a frame is offered to the kernel as it is. */
    boolean isWrittenAsIs(ByteBuf frame) {
        return frame != unfinished && (!gso.isSuperFrame(frame) || !segmenting
            && frame.readableBytes() <= MOST_AS_IS * header.gsoSize(frame, frame.readerIndex()));
    }

    private long writeSegments(ByteBuf frame) {
        boolean goesOn = frame == unfinished;
        unfinished = null;
        if (!goesOn) {
            release();
            if (gso.begin(frame) != VirtioNetVerdict.VALID) {
                return -Errno.EINVAL.number();
            }
        }
        while (segment != null || gso.hasNext()) {
            if (left == 0) {
                unfinished = frame;
                return -Errno.EAGAIN.number();
            }
            if (segment == null) {
                segment = gso.next(frame.alloc());
            }
            long result = kernel.write(segment);
            if (Errno.EAGAIN.is(result)) {
                unfinished = frame;
                return result;
            }
            left--;
            release();
            if (result < 0) {
                return result;
            }
        }
        return frame.readableBytes();
    }

    /**
     * Gives back what is held of an unfinished frame, and forgets it: its buffer may be used again for another frame.
     */
    void release() {
        unfinished = null;
        if (segment != null) {
            segment.release();
            segment = null;
        }
    }
}
