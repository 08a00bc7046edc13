/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.ethernet;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;

import java.util.EnumSet;
import java.util.Set;

/**
 * A handler whose work is done on single frames, whether they arrive alone or in a {@link FrameBatch}. Override {@link
 * #frameRead}, {@link #frameWrite} or both:
 *
 * <pre>{@code
 * final class ArpFilter extends FrameHandler {
 *     ArpFilter() {
 *         super(EnumSet.of(FrameDirection.INBOUND));
 *     }
 *
 *     protected void frameRead(ChannelHandlerContext ctx, ByteBuf frame) {
 *         if (EthernetFrame.etherType(frame, frame.readerIndex()) == EtherType.ARP) {
 *             drop(frame);
 *         } else {
 *             fire(ctx, frame);
 *         }
 *     }
 * }
 * }</pre>
 *
 * <p>The handler owns each frame that it is given, and passes it on, keeps it or releases it, once. The frames of a
 * batch are taken out and handled one after the other, in order, and leave as single messages. What happens to one of
 * them does not touch the others: an exception goes to {@link #exceptionCaught}, or fails the promise of that frame,
 * exactly as if the frame had arrived alone. The promise of a batch succeeds when all its frames are written, and fails
 * with the first failure. If the handler is removed in the middle of a batch, the rest passes as it is.
 *
 * <p>Messages that are no frames pass untouched, and so do, as whole batches, frames of a direction that the handler
 * does not handle.
 *
 * <p>Where {@code autoRead} is off, the application has asked for a frame by {@code read()}. If all frames of a read
 * round were dropped here, the handler asks for another one itself; otherwise the application would wait for ever. For
 * this it has to know what became of each frame: pass frames on with {@link #fire}, and release them with {@link
 * #drop}.
 *
 * <p>All methods are called on the event loop. An instance serves one channel.
 */
public abstract class FrameHandler extends ChannelDuplexHandler {
    private final boolean inbound;
    private final boolean outbound;
    private boolean dropped;
    private boolean produced;

    /** Handles frames of both directions. */
    protected FrameHandler() {
        this(EnumSet.allOf(FrameDirection.class));
    }

    /**
     * Handles frames of some directions.
     *
     * @param directions which; frames of the others pass untouched
     */
    protected FrameHandler(Set<FrameDirection> directions) {
        ensureNotSharable();
        inbound = directions.contains(FrameDirection.INBOUND);
        outbound = directions.contains(FrameDirection.OUTBOUND);
    }

    /**
     * Takes over an inbound frame. Passes it on unless overridden.
     *
     * @param frame to be released by this method, or passed on, also if it throws
     */
    protected void frameRead(ChannelHandlerContext ctx, ByteBuf frame) throws Exception {
        fire(ctx, frame);
    }

    /**
     * Takes over an outbound frame and its promise. Passes them on unless overridden.
     *
     * @param frame to be released by this method, or passed on, also if it throws
     * @param promise to be completed by this method, or passed on; failed by the caller if it throws
     */
    protected void frameWrite(ChannelHandlerContext ctx, ByteBuf frame, ChannelPromise promise) throws Exception {
        ctx.write(frame, promise);
    }

    /** Passes a frame, or another message, on to the next inbound handler. */
    protected final void fire(ChannelHandlerContext ctx, Object msg) {
        produced = true;
        ctx.fireChannelRead(msg);
    }

    /** Releases an inbound frame that goes no further. Counting it is up to the caller. */
    protected final void drop(ByteBuf frame) {
        dropped = true;
        frame.release();
    }

    /**
     * Releases an outbound frame that goes no further, and fails its promise. Counting it is up to the caller.
     *
     * @param cause an exception of this frame alone, as a waiter of the promise may add to it
     */
    protected static void refuse(ByteBuf frame, ChannelPromise promise, FrameRefusedException cause) {
        frame.release();
        promise.tryFailure(cause);
    }

    /**
     * Ends a read round: fires {@code channelReadComplete}, and asks for more if frames were dropped and none was
     * passed on. To be called after frames that were passed on outside a read round of the channel, as by a timer.
     */
    protected final void endRound(ChannelHandlerContext ctx) {
        boolean readAgain = dropped && !produced && !ctx.channel().config().isAutoRead();
        dropped = false;
        produced = false;
        ctx.fireChannelReadComplete();
        if (readAgain) {
            ctx.read();
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) throws Exception {
        if (inbound && msg instanceof ByteBuf frame) {
            frameRead(ctx, frame);
        } else if (inbound && msg instanceof FrameBatch batch) {
            batch.readEach(ctx, frame -> frameRead(ctx, frame));
        } else {
            fire(ctx, msg);
        }
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) throws Exception {
        if (outbound && msg instanceof ByteBuf frame) {
            frameWrite(ctx, frame, promise);
        } else if (outbound && msg instanceof FrameBatch batch) {
            batch.writeEach(ctx, promise, (frame, one) -> frameWrite(ctx, frame, one));
        } else {
            ctx.write(msg, promise);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) throws Exception {
        endRound(ctx);
    }
}
