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
 * Kernels do that: Linux 6.6.44 checked GSO frames for more than the specification asks. A single refusal proves
 * nothing, as the frame may come from a guest. After {@value #REFUSALS} refusals in a row super-frames are not offered
 * any more, except one of {@value #RETRY}, which shows whether the kernel takes them again.
 *
 * <p>A flush makes at most {@value #ROUND} segments, as one super-frame can be 8192 system calls. What is left waits
 * for the next flush, as if the kernel had no room for it. There is no such limit in the last flush, which no other
 * follows, nor for a frame that the event loop itself has tried to write, as later frames may have been sent already.
 * So a frame that becomes more than {@value #MOST_AS_IS} segments is not left to the event loop. On the event loop.
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
    /** How many segments 64 KiB become with the smallest MTU that every IPv4 host accepts. */
    static final int MOST_AS_IS = 128;

    private final VirtioNetHeader header;
    private final GsoSplitter gso;
    private final FrameWrite kernel;
    private final Runnable refused;
    private boolean segmenting;
    private boolean told;
    /**
     * Legal super-frames that the kernel has refused since it last took one from this object. What an event loop has
     * written by itself is not reported here, so refusals add up over time then; one of {@link #RETRY} ends that.
     */
    private int refusals;
    /** Super-frames that it was not offered since then. */
    private int notOffered;
    /** Segments that this flush may still make. */
    private int left = ROUND;
    /** The super-frame whose segments the kernel had no room for yet, and the first of those. */
    private ByteBuf unfinished;
    private ByteBuf segment;

    /**
     * A fallback that is not needed yet.
     *
     * @param refused runs once when super-frames are not offered any more, and again after {@link #beginAnew}
     */
    GsoFallback(LinkLayer link, VirtioNetHeader header, FrameWrite kernel, Runnable refused) {
        this.header = header;
        gso = new GsoSplitter(link, header);
        this.kernel = kernel;
        this.refused = refused;
    }

    /**
     * Writes one frame, which stays as it is. After an EAGAIN the same frame has to be given again, as some of its
     * segments may have been written: when there is room, or with the next flush if this one has made as many segments
     * as it may.
     *
     * @return the result of the system call that decided about the frame
     */
    long write(ByteBuf frame) {
        if (frame == unfinished) {
            return writeSegments(frame);
        }
        if (segmenting && gso.isSuperFrame(frame) && ++notOffered % RETRY != 0) {
            return writeSegments(frame);
        }
        long result = kernel.write(frame);
        // The usual case: the header of a frame that the kernel has taken matters only after a refusal.
        return result >= 0 && refusals == 0 ? result : offered(frame, result);
    }

    /**
     * Continues with a frame that the event loop has tried to write as it is, without success.
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

    /** Offers super-frames to the kernel as if it had never refused one; what is unfinished goes on. */
    void beginAnew() {
        segmenting = false;
        told = false;
        refusals = 0;
    }

    /** The last flush begins: it makes all segments. */
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
     * Releases what is held of an unfinished frame, and forgets it, as its buffer may be used for another frame.
     */
    void release() {
        unfinished = null;
        if (segment != null) {
            segment.release();
            segment = null;
        }
    }
}
