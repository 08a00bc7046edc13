/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.offload;

import io.netty.buffer.ByteBuf;
import io.ringtap.ethernet.DropReason;
import io.ringtap.virtio.ChecksumCompletion;
import io.ringtap.virtio.GsoSplitter;
import io.ringtap.virtio.VirtioNetHeader;
import io.ringtap.virtio.VirtioNetHeaderValidator;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VirtioNetVerdict;

/**
 * Finishes what the network stack has left to the hardware in received frames, for a channel without a vnet header. A
 * packet socket gets a frame as the stack has it: a frame of a virtual interface, or one that was joined from several,
 * may be a super-frame, or lack its checksum. The header that the kernel then puts in front of it is removed. On the
 * event loop.
 */
public final class UnfinishedFrames {
    private final VirtioNetHeader header;
    private final VirtioNetHeaderValidator validator;
    private final GsoSplitter splitter;

    /** For frames with this header in front, which is not none. */
    public UnfinishedFrames(VirtioNetHeader header) {
        this.header = header;
        validator = new VirtioNetHeaderValidator(header, VirtioNetOffloads.ALL);
        splitter = new GsoSplitter(header);
    }

    /** Whether a frame, header in front, has to be {@linkplain #segment segmented}. */
    public boolean isSuperFrame(ByteBuf frame) {
        return splitter.isSuperFrame(frame);
    }

    /**
     * Completes the checksum of a frame that is no super-frame, if it is left to do, and removes the header.
     *
     * @return {@code null}, or why the frame has to be dropped
     */
    public DropReason complete(ByteBuf frame) {
        int index = frame.readerIndex();
        if (frame.readableBytes() <= header.bytes()) {
            return DropReason.MALFORMED;
        }
        if ((header.flags(frame, index) & VirtioNetHeader.NEEDS_CSUM) != 0) {
            if (validator.validate(frame) != VirtioNetVerdict.VALID) {
                return DropReason.MALFORMED;
            }
            ChecksumCompletion.complete(frame, index + header.bytes(), validator.packetEnd(),
                header.csumStart(frame, index), header.csumOffset(frame, index));
        }
        frame.skipBytes(header.bytes());
        return null;
    }

    /**
     * Adds the segments of a super-frame to other frames. They share its payload.
     *
     * @return {@code null}, or why the super-frame has to be dropped
     */
    public DropReason segment(ByteBuf frame, FrameList finished) {
        int before = finished.size();
        try {
            if (splitter.begin(frame) != VirtioNetVerdict.VALID) {
                return DropReason.MALFORMED;
            }
            finished.reserve(splitter.count());
            while (splitter.hasNext()) {
                finished.add(splitter.next(frame.alloc()).skipBytes(header.bytes()));
            }
            return null;
        } catch (OutOfMemoryError | RuntimeException noMemory) {
            // A super-frame is one frame to its sender: all of its segments are handed on, or none.
            finished.releaseFrom(before);
            return DropReason.NO_BUFFERS;
        }
    }
}
