/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.virtio;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/**
 * Segments super-frames outside a pipeline, for example in a device; in a pipeline use {@link GsoSegmenter}. The
 * segments are whole: their headers ask for nothing. They share the payload of the super-frame, which has to live until
 * the last is made and is not written to. One instance serves one thread.
 */
public final class GsoSplitter {
    private final VirtioNetHeader header;
    private final VirtioNetHeaderValidator validator;
    private GsoSegments segments;

    /**
     * For Ethernet frames with a header layout.
     *
     * @throws IllegalArgumentException if the layout has no header
     */
    public GsoSplitter(VirtioNetHeader header) {
        this(LinkLayer.ETHERNET, header);
    }

    /**
     * For frames of a link layer with a header layout.
     *
     * @throws IllegalArgumentException if the layout has no header
     */
    public GsoSplitter(LinkLayer link, VirtioNetHeader header) {
        if (header.length() == VnetHeaderLength.NONE) {
            throw new IllegalArgumentException("without a virtio-net header there are no super-frames");
        }
        this.header = header;
        validator = new VirtioNetHeaderValidator(link, header, VirtioNetOffloads.ALL);
    }

    /** Whether the header in front of a frame asks for segmentation, be it valid or not. */
    public boolean isSuperFrame(ByteBuf message) {
        return message.readableBytes() > header.bytes()
            && header.gsoType(message, message.readerIndex()) != VirtioNetHeader.GSO_NONE;
    }

    /**
     * Checks a super-frame and begins to segment it if it is valid; the rest of an earlier one is forgotten.
     *
     * @return {@link VirtioNetVerdict#VALID}, or why there are no segments
     */
    public VirtioNetVerdict begin(ByteBuf superFrame) {
        VirtioNetVerdict verdict = validator.validate(superFrame);
        segments = verdict == VirtioNetVerdict.VALID
            ? GsoSegments.of(superFrame, header, validator.packet(), false) : null;
        return verdict;
    }

    /** How many segments the super-frame becomes that was begun and found valid. */
    public int count() {
        return segments.count();
    }

    /** How many octets the longest of them has, without the virtio-net header. */
    public int longest() {
        return segments.longest();
    }

    /** Whether there is one more segment. */
    public boolean hasNext() {
        return segments != null && segments.hasNext();
    }

    /** Makes the next segment, header in front; it belongs to the caller. */
    public ByteBuf next(ByteBufAllocator alloc) {
        return segments.next(alloc);
    }

    /**
     * Whether hdr_len is a length that the frame can have. It is only a hint (VIRTIO 1.2, section 5.1.6.2) and does not
     * make a frame invalid here, but Linux refuses a frame for it.
     */
    public boolean hasPossibleHdrLen(ByteBuf message) {
        return validator.isHdrLenPossible(message);
    }
}
