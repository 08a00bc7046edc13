/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.virtio;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.ringtap.ethernet.FrameDirection;

import java.util.EnumSet;

/**
 * Completes the checksums that the virtio-net header in front of a frame asks for, in one direction, and clears the
 * request in the header. Super-frames pass: their checksums are completed for each segment, by a {@link GsoSegmenter},
 * which a frame therefore has to reach before it reaches this handler. A frame whose header is not valid is dropped and
 * counted; an outbound one fails its promise with {@link VirtioNetFrameException}.
 *
 * <p>The frame is not written to: headers up to the checksum are copied, the rest is shared. One instance for each
 * channel; {@link #validator} is for its event loop.
 */
public final class ChecksumCompletion extends VirtioNetFrameHandler {
    private final VirtioNetHeader header;
    private final VirtioNetHeaderValidator validator;

    /** For Ethernet frames with a header of a length, in the machine's byte order. */
    public ChecksumCompletion(VnetHeaderLength length, FrameDirection direction) {
        this(VirtioNetHeader.of(length), direction);
    }

    /**
     * For Ethernet frames with a header layout.
     *
     * @throws IllegalArgumentException if the layout has no header
     */
    public ChecksumCompletion(VirtioNetHeader header, FrameDirection direction) {
        this(LinkLayer.ETHERNET, header, direction);
    }

    /**
     * For frames of a link layer with a header layout.
     *
     * @throws IllegalArgumentException if the layout has no header
     */
    public ChecksumCompletion(LinkLayer link, VirtioNetHeader header, FrameDirection direction) {
        super(EnumSet.of(direction));
        if (header.length() == VnetHeaderLength.NONE) {
            throw new IllegalArgumentException("without a virtio-net header no checksum is left to complete");
        }
        this.header = header;
        validator = new VirtioNetHeaderValidator(link, header, VirtioNetOffloads.ALL);
    }

    /** Counts the frames that were checked, and those that were dropped by the reason. */
    public VirtioNetHeaderValidator validator() {
        return validator;
    }

    @Override
    protected void frameRead(ChannelHandlerContext ctx, ByteBuf frame) {
        VirtioNetVerdict verdict = validator.validate(frame);
        if (verdict != VirtioNetVerdict.VALID) {
            drop(frame, verdict);
        } else {
            fire(ctx, needsCompletion(frame) ? completed(ctx.alloc(), frame) : frame);
        }
    }

    @Override
    protected void frameWrite(ChannelHandlerContext ctx, ByteBuf frame, ChannelPromise promise) {
        VirtioNetVerdict verdict = validator.validate(frame);
        if (verdict != VirtioNetVerdict.VALID) {
            refuse(frame, promise, verdict);
        } else {
            ctx.write(needsCompletion(frame) ? completed(ctx.alloc(), frame) : frame, promise);
        }
    }

    private boolean needsCompletion(ByteBuf message) {
        int index = message.readerIndex();
        return (header.flags(message, index) & VirtioNetHeader.NEEDS_CSUM) != 0
            && header.gsoType(message, index) == VirtioNetHeader.GSO_NONE;
    }

    private ByteBuf completed(ByteBufAllocator alloc, ByteBuf message) {
        int index = message.readerIndex();
        int start = header.csumStart(message, index);
        int offset = header.csumOffset(message, index);
        int copied = header.bytes() + start + offset + 2;
        int frame = index + header.bytes();
        int sum = InternetChecksum.sum(message, frame + start, validator.packet().end - start);
        ByteBuf head = NewHead.allocate(alloc, copied, message, message.readableBytes() - copied);
        head.writeBytes(message, copied);
        head.setShort(copied - 2, field(sum, offset));
        header.setFlags(head, 0, header.flags(head, 0) & ~VirtioNetHeader.NEEDS_CSUM);
        header.setCsumStart(head, 0, 0);
        header.setCsumOffset(head, 0, 0);
        return NewHead.join(alloc, head, message);
    }

    /**
     * Completes a checksum in place, in a buffer that belongs to the caller. The two octets of the field hold the sum
     * of the pseudo-header beforehand.
     *
     * @param frame where the frame begins
     * @param end offset from there of the end of the IP packet; Ethernet padding is not part of it
     * @param csumStart offset from the first octet of the frame of the first octet that is summed
     * @param csumOffset offset from csumStart of the checksum field
     */
    public static void complete(ByteBuf buf, int frame, int end, int csumStart, int csumOffset) {
        int sum = InternetChecksum.sum(buf, frame + csumStart, end - csumStart);
        buf.setShort(frame + csumStart + csumOffset, field(sum, csumOffset));
    }

    /** The checksum field for a sum. In UDP 0 means that there is no checksum, so 0xffff stands for 0 (RFC 768). */
    static int field(int sum, int csumOffset) {
        int checksum = ~sum & 0xffff;
        return checksum == 0 && csumOffset == PacketHeaders.UDP_CSUM_OFFSET ? 0xffff : checksum;
    }
}
