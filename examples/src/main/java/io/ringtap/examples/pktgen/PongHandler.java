/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.pktgen;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.ringtap.channel.FrameChannel;
import io.ringtap.ethernet.DropReason;
import io.ringtap.ethernet.EthernetFrame;
import io.ringtap.ethernet.MacAddress;
import io.ringtap.examples.UdpFrame;

/** Sends UDP frames back to where they came from, unless that is a group; anything else is let go. */
final class PongHandler extends PktgenHandler {
    private final MacAddress mac = MacAddress.random();
    private final long limit;
    private long returned;

    PongHandler(long count) {
        limit = count == 0 ? Long.MAX_VALUE : count;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        FrameChannel channel = (FrameChannel) ctx.channel();
        ByteBuf frame = ((ByteBuf) message).skipBytes(channel.vnetHeaderLength());
        if (!UdpFrame.isUdp(frame)
            || MacAddress.isMulticast(EthernetFrame.sourceBits(frame, frame.readerIndex()))) {
            frame.release();
        } else if (!channel.isWritable()) {
            // To wait here would fill the queue of the other side, which is not to be trusted to wait in turn.
            frame.release();
            channel.stats().countTxDrop(DropReason.CONGESTED);
        } else {
            UdpFrame.turnRound(frame, mac);
            // What the header said of the frame on its way here does not hold on its way back.
            frame.readerIndex(frame.readerIndex() - channel.vnetHeaderLength());
            frame.setZero(frame.readerIndex(), channel.vnetHeaderLength());
            ctx.write(frame, ctx.voidPromise());
            if (returned++ == 0) {
                touch();
            }
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        ctx.flush();
        touch();
        if (returned >= limit) {
            finish();
        }
    }
}
