/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.virtio;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.ringtap.ethernet.FrameDirection;
import io.ringtap.ethernet.FrameHandler;

import java.util.EnumSet;
import java.util.Objects;

/**
 * Coalesces inbound TCP segments and UDP datagrams into super-frames, for an application that takes them; outbound
 * frames pass. Frames are joined only if segmenting the super-frame gives the same frames again: whole packets of one
 * flow without IP options or extension headers, with right checksums, which differ in nothing but length, checksum,
 * IPv4 identification and, for TCP, a sequence number that continues and a PSH flag in the last one. All other frames
 * pass unchanged; none is dropped.
 *
 * <p>The IPv4 identifications of the frames that are joined go up by one, as those of segments do, or are all equal
 * where the packets have DF, which makes them meaningless (RFC 6864). Segmenting gives the latter identifications that
 * go up, which is the only difference. Unlike Linux, this handler does not join frames with equal identifications
 * without DF, since no header can ask for segments that keep theirs, and frames with equal IPv6 extension headers. Nor
 * are TCP segments of less than 8 octets of payload, as no receiver segments by such a size.
 *
 * <p>A frame waits until its super-frame is full, until a frame of its flow arrives that does not fit, until {@code
 * maxHeld} frames wait in all flows, and at most until the read is complete. Frames of one flow keep their order. The
 * payload of joined frames is copied once; a frame that is not joined is not copied. One instance for each channel; the
 * counts are for its event loop.
 */
public final class GroCoalescer extends FrameHandler {
    /** The number of flows that may wait, unless the constructor is given another. */
    public static final int DEFAULT_MAX_FLOWS = 16;
    /** The number of frames that may wait, unless the constructor is given another. */
    public static final int DEFAULT_MAX_HELD = 512;

    private static final int ACK = 0x10;
    private static final int PSH = 0x08;

    private final LinkLayer link;
    /** The layout of frames that arrive, and of frames that are passed on. */
    private final VirtioNetHeader header;
    private final VirtioNetHeader application;
    private final VirtioNetOffloads taken;
    private final int maxHeld;
    private final PacketHeaders packet;
    private final PacketHeaders other;
    /** The first {@code waiting} hold frames, oldest first; the rest are spare. */
    private final CoalescedFlow[] flows;
    private int waiting;
    private int held;
    private long superFrames;
    private long coalescedFrames;

    /** For an application that takes TSO and USO over both IPs; headers are in the machine's byte order. */
    public GroCoalescer(VnetHeaderLength length) {
        this(VirtioNetHeader.of(length), VirtioNetOffloads.ALL, DEFAULT_MAX_FLOWS, DEFAULT_MAX_HELD);
    }

    /**
     * For Ethernet frames with a header layout.
     *
     * @param taken what the application takes; what it does not take is not coalesced
     * @param maxFlows how many flows may wait; a further one makes the oldest pass on
     * @param maxHeld how many frames may wait; at this number all pass on
     * @throws IllegalArgumentException if the layout has no header, or a bound is less than 1
     */
    public GroCoalescer(VirtioNetHeader header, VirtioNetOffloads taken, int maxFlows, int maxHeld) {
        this(LinkLayer.ETHERNET, header, taken, maxFlows, maxHeld);
    }

    /**
     * For frames of a link layer with a header layout.
     *
     * @param taken what the application takes; what it does not take is not coalesced
     * @param maxFlows how many flows may wait; a further one makes the oldest pass on
     * @param maxHeld how many frames may wait; at this number all pass on
     * @throws IllegalArgumentException if the layout has no header, or a bound is less than 1
     */
    public GroCoalescer(LinkLayer link, VirtioNetHeader header, VirtioNetOffloads taken, int maxFlows, int maxHeld) {
        this(link, header, header, taken, maxFlows, maxHeld);
    }

    /**
     * For frames that arrive with one header layout and are passed on with another. This makes one header for each
     * super-frame; a {@link VirtioNetHeaderHandler} in front of this handler would make one for each frame.
     *
     * @param device the layout of frames that arrive: the application's, or none
     * @param application the layout of frames that are passed on
     * @param taken what the application takes; what it does not take is not coalesced
     * @param maxFlows how many flows may wait; a further one makes the oldest pass on
     * @param maxHeld how many frames may wait; at this number all pass on
     * @throws IllegalArgumentException if the application's layout has no header, the device's has another, or a bound
     *     is less than 1
     */
    public GroCoalescer(LinkLayer link, VirtioNetHeader device, VirtioNetHeader application, VirtioNetOffloads taken,
                        int maxFlows, int maxHeld) {
        super(EnumSet.of(FrameDirection.INBOUND));
        if (application.length() == VnetHeaderLength.NONE) {
            throw new IllegalArgumentException("without a virtio-net header there are no super-frames");
        }
        if (device != application && device.length() != VnetHeaderLength.NONE) {
            throw new IllegalArgumentException("frames come with the header that they go on with, or with none");
        }
        if (maxFlows < 1 || maxHeld < 1) {
            throw new IllegalArgumentException("at least one flow and one frame: " + maxFlows + ", " + maxHeld);
        }
        this.link = Objects.requireNonNull(link, "link");
        packet = new PacketHeaders(link);
        other = new PacketHeaders(link);
        header = device;
        this.application = application;
        this.taken = Objects.requireNonNull(taken, "taken").honoured();
        this.maxHeld = maxHeld;
        flows = new CoalescedFlow[maxFlows];
        for (int i = 0; i < maxFlows; i++) {
            flows[i] = new CoalescedFlow(header, application);
        }
    }

    /** How many super-frames were made. */
    public long superFrames() {
        return superFrames;
    }

    /** How many frames went into super-frames. */
    public long coalescedFrames() {
        return coalescedFrames;
    }

    @Override
    protected void frameRead(ChannelHandlerContext ctx, ByteBuf message) {
        int length = message.readableBytes() - header.bytes();
        if (length < link.shortest()
            || header.gsoTypeIfAny(message, message.readerIndex()) != VirtioNetHeader.GSO_NONE) {
            flushBefore(ctx, message);
            pass(ctx, message);
            return;
        }
        int frame = message.readerIndex() + header.bytes();
        PacketHeaders.Kind kind = packet.parse(message, frame, length);
        boolean transport = packet.protocol == PacketHeaders.PROTOCOL_TCP
            || packet.protocol == PacketHeaders.PROTOCOL_UDP;
        if (kind == PacketHeaders.Kind.OTHER || kind == PacketHeaders.Kind.PACKET && !transport) {
            pass(ctx, message);
            return;
        }
        int payload = kind == PacketHeaders.Kind.PACKET ? packet.payload(message, frame) : -1;
        if (payload < 0) {
            // It may belong to any of the flows that wait.
            flushBefore(ctx, message);
            pass(ctx, message);
            return;
        }
        coalesce(ctx, message, frame, payload);
    }

    private void coalesce(ChannelHandlerContext ctx, ByteBuf message, int frame, int payload) {
        long key = CoalescedFlow.key(message, frame, packet);
        int at = find(key, message);
        boolean candidate = isCandidate(message, frame, payload);
        if (at >= 0) {
            CoalescedFlow flow = flows[at];
            if (candidate && flow.isContinuedBy(message, packet, payload) && flow.verify(other)
                && CoalescedFlow.isRight(header, message, packet)) {
                append(ctx, flow, message);
                if (flow.isComplete()) {
                    flush(ctx, at);
                } else if (held >= maxHeld) {
                    flushAll(ctx);
                }
                return;
            }
            flushBefore(ctx, at, message);
        }
        boolean ends = packet.protocol == PacketHeaders.PROTOCOL_TCP
            && (message.getByte(frame + packet.l4 + 13) & PSH) != 0;
        if (!candidate || ends) {
            pass(ctx, message);
        } else {
            hold(ctx, key, message, payload);
        }
    }

    private void append(ChannelHandlerContext ctx, CoalescedFlow flow, ByteBuf message) {
        boolean appended = false;
        try {
            flow.append(ctx.alloc(), message, packet);
            held++;
            appended = true;
        } finally {
            if (!appended) {
                message.release();
            }
        }
    }

    private void hold(ChannelHandlerContext ctx, long key, ByteBuf message, int payload) {
        if (waiting == flows.length) {
            flushBefore(ctx, 0, message);
        }
        flows[waiting++].start(key, message, packet, payload);
        held++;
        if (held >= maxHeld) {
            flushAll(ctx);
        }
    }

    private int find(long key, ByteBuf message) {
        for (int i = 0; i < waiting; i++) {
            if (flows[i].isSame(key, message, packet)) {
                return i;
            }
        }
        return -1;
    }

    /** Whether a frame may be joined with other frames. */
    private boolean isCandidate(ByteBuf message, int frame, int payload) {
        boolean four = packet.version == 4;
        if (packet.l4 - packet.l3 != (four ? PacketHeaders.IPV4 : PacketHeaders.IPV6) || packet.end == payload) {
            return false;
        }
        int index = message.readerIndex();
        if ((header.flagsIfAny(message, index) & VirtioNetHeader.NEEDS_CSUM) != 0
            && (header.csumStart(message, index) != packet.l4
            || header.csumOffset(message, index) != packet.csumOffset())) {
            return false;
        }
        if (packet.protocol == PacketHeaders.PROTOCOL_TCP) {
            // With PSH it ends a super-frame; the low half of octet 12 are flags as well.
            int flags = message.getUnsignedShort(frame + packet.l4 + 12) & 0xfff;
            return taken.contains(four ? VirtioNetOffload.TSO4 : VirtioNetOffload.TSO6)
                && (flags == ACK || flags == (ACK | PSH));
        }
        return taken.contains(four ? VirtioNetOffload.USO4 : VirtioNetOffload.USO6)
            && message.getUnsignedShort(frame + packet.l4 + PacketHeaders.UDP_CSUM_OFFSET) != 0;
    }

    /** Sends a frame on that is no part of a super-frame. */
    private void pass(ChannelHandlerContext ctx, ByteBuf message) {
        fire(ctx, VirtioNetHeaderHandler.convert(ctx.alloc(), message, header, application));
    }

    private void flush(ChannelHandlerContext ctx, int at) {
        fire(ctx, take(ctx, at));
    }

    /** Passes a flow on; if that fails, the frame that follows is released. */
    private void flushBefore(ChannelHandlerContext ctx, int at, ByteBuf next) {
        try {
            flush(ctx, at);
        } catch (Throwable cause) {
            next.release();
            throw cause;
        }
    }

    private void flushBefore(ChannelHandlerContext ctx, ByteBuf next) {
        while (waiting > 0) {
            flushBefore(ctx, 0, next);
        }
    }

    private void flushAll(ChannelHandlerContext ctx) {
        while (waiting > 0) {
            flush(ctx, 0);
        }
    }

    /** Takes a flow out of the table before it is passed on, since a handler may call this one again then. */
    private ByteBuf take(ChannelHandlerContext ctx, int at) {
        CoalescedFlow flow = flows[at];
        int count = flow.count();
        waiting--;
        System.arraycopy(flows, at + 1, flows, at, waiting - at);
        flows[waiting] = flow;
        held -= count;
        if (count > 1) {
            superFrames++;
            coalescedFrames += count;
        }
        return flow.take(ctx.alloc());
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        flushAll(ctx);
        endRound(ctx);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        flushAll(ctx);
        ctx.fireChannelInactive();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        if (waiting > 0) {
            flushAll(ctx);
            ctx.fireChannelReadComplete();
        }
    }
}
