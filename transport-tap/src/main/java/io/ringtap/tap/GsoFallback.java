/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.netty.buffer.ByteBuf;
import io.ringtap.unix.Errno;
import io.ringtap.virtio.LinkLayer;
import io.ringtap.virtio.SoftwareGso;
import io.ringtap.virtio.VirtioNetHeader;
import io.ringtap.virtio.VirtioNetVerdict;

/**
 * Writes frames with a vnet header, and super-frames in segments once the kernel has refused one that is legal. Kernels
 * do that: Linux 6.6.44 checked GSO frames for more than the specification asks. From then on no super-frame is offered
 * to it any more. On the event loop.
 */
final class GsoFallback {
    /** One frame, one system call. */
    @FunctionalInterface
    interface FrameWrite {
        /** write(2) or writev(2) of one whole frame; the bytes written or a negative error number. */
        long write(ByteBuf frame);
    }

    private final SoftwareGso gso;
    private final FrameWrite kernel;
    private final Runnable refused;
    private boolean segmenting;
    /** The super-frame whose segments the kernel had no room for yet, and the first of those. */
    private ByteBuf unfinished;
    private ByteBuf segment;

    /**
     * A fallback that is not needed yet.
     *
     * @param refused told, once, that it is from now on
     */
    GsoFallback(LinkLayer link, VirtioNetHeader header, FrameWrite kernel, Runnable refused) {
        gso = new SoftwareGso(link, header);
        this.kernel = kernel;
        this.refused = refused;
    }

    /**
     * Writes one frame, which does not change by it. After an EAGAIN the same frame is to be given again, as some of
     * its segments may have been written.
     *
     * @return what the system call returned that decided about the frame
     */
    long write(ByteBuf frame) {
        return isWrittenAsIs(frame) ? orInSegments(frame, kernel.write(frame)) : writeSegments(frame);
    }

    /**
     * Goes on with a frame that another has written as it is, in vain.
     *
     * @param error a negative error number
     * @return as {@link #write} does
     */
    long writeFailed(ByteBuf frame, int error) {
        return isWrittenAsIs(frame) ? orInSegments(frame, error) : writeSegments(frame);
    }

    private long orInSegments(ByteBuf frame, long result) {
        if (segmenting || !Errno.EINVAL.is(result) || !gso.isSuperFrame(frame) || !gso.hasPossibleHdrLen(frame)
            || gso.begin(frame) != VirtioNetVerdict.VALID) {
            return result;
        }
        segmenting = true;
        refused.run();
        return writeSegments(frame);
    }

    /** Whether a frame is offered to the kernel as it is. */
    boolean isWrittenAsIs(ByteBuf frame) {
        return !segmenting || !gso.isSuperFrame(frame);
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
            if (segment == null) {
                segment = gso.next(frame.alloc());
            }
            long result = kernel.write(segment);
            if (Errno.EAGAIN.is(result)) {
                unfinished = frame;
                return result;
            }
            release();
            if (result < 0) {
                return result;
            }
        }
        return frame.readableBytes();
    }

    /** Gives back what is held of an unfinished frame. */
    void release() {
        if (segment != null) {
            segment.release();
            segment = null;
        }
    }
}
