/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.host;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.ringtap.examples.UdpFrame;

import java.security.MessageDigest;

/** The other end of a {@link TransferSender}: takes blocks in order, drops what comes too early, acknowledges. */
final class TransferReceiver extends ChannelInboundHandlerAdapter {
    private final UdpFrame.Endpoint self;
    private final UdpFrame.Endpoint sender;
    private final MessageDigest digest = TransferContent.newDigest();
    private long expected;
    private boolean acknowledge;

    TransferReceiver(UdpFrame.Endpoint self, UdpFrame.Endpoint sender) {
        this.self = self;
        this.sender = sender;
    }

    /** Of all that has arrived. On the event loop, once. */
    byte[] digest() {
        return digest.digest();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf frame = (ByteBuf) message;
        if (!UdpFrame.isUdp(frame) || UdpFrame.destinationPort(frame) != self.port()) {
            ctx.fireChannelRead(frame);
            return;
        }
        int payload = frame.readerIndex() + UdpFrame.PAYLOAD;
        int length = UdpFrame.payloadLength(frame);
        if (length > Long.BYTES && UdpFrame.isValid(frame)) {
            acknowledge = true;
            if (frame.getLong(payload) == expected) {
                digest.update(frame.nioBuffer(payload, length));
                expected++;
            }
        }
        frame.release();
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        if (acknowledge) {
            acknowledge = false;
            ByteBuf frame = ctx.alloc().directBuffer(UdpFrame.PAYLOAD + Long.BYTES);
            UdpFrame.writeHeaders(frame, self, sender, Long.BYTES);
            frame.writeLong(expected);
            UdpFrame.seal(frame);
            ctx.write(frame, ctx.voidPromise());
        }
        ctx.flush();
        ctx.fireChannelReadComplete();
    }
}
