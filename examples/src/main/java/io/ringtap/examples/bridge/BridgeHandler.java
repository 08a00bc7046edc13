/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.bridge;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.ringtap.channel.DropReason;
import io.ringtap.channel.DeviceEvent;
import io.ringtap.channel.FrameRefusedException;
import io.ringtap.ethernet.EthernetFrame;
import io.ringtap.virtio.VirtioNetFrameException;

/** Forwards what arrives at one port: the frame itself, uncopied, and one flush a port when the round is over. */
final class BridgeHandler extends ChannelInboundHandlerAdapter {
    private final Bridge bridge;
    private final BridgePort port;
    private final int queue;
    /** The ports that this round has written to, by index. */
    private final boolean[] written;
    private int now;

    /** For one queue of a port. */
    BridgeHandler(Bridge bridge, BridgePort port, int queue) {
        this.bridge = bridge;
        this.port = port;
        this.queue = queue;
        written = new boolean[bridge.ports().size()];
        now = MacTable.seconds();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf frame = (ByteBuf) message;
        int start = frame.readerIndex() + bridge.headerBytes();
        if (!EthernetFrame.isValid(frame, start)) {
            frame.release();
            port.channel(queue).stats().countRxDrop(DropReason.MALFORMED);
            return;
        }
        long destination = EthernetFrame.destinationBits(frame, start);
        long source = EthernetFrame.sourceBits(frame, start);
        int decision = BridgeForwarding.decide(bridge.table(), destination, source, port.index(), now);
        if (decision >= 0) {
            forward(decision, frame);
            return;
        }
        if (decision == BridgeForwarding.FLOOD) {
            for (int i = 0; i < written.length; i++) {
                if (i != port.index()) {
                    forward(i, frame.retainedDuplicate());
                }
            }
        } else {
            port.countFiltered(decision);
        }
        frame.release();
    }

    private void forward(int to, ByteBuf frame) {
        if (bridge.ports().get(to).send(frame, queue)) {
            written[to] = true;
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        for (int i = 0; i < written.length; i++) {
            if (written[i]) {
                written[i] = false;
                bridge.ports().get(i).channel(queue).flush();
            }
        }
        // One look at the clock for a whole round: ageing counts in seconds.
        now = MacTable.seconds();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        // Each queue tells what becomes of the interface they share.
        if (event instanceof DeviceEvent deviceEvent && (queue == 0 || event instanceof DeviceEvent.Gone)) {
            port.deviceEvent(deviceEvent);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        bridge.portClosed(port, ctx.channel());
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (cause instanceof VirtioNetFrameException malformed) {
            port.countMalformed(malformed.verdict());
            return;
        }
        // A frame that the device refused is in its counters already; what closes the port is told by its event.
        if (!(cause instanceof FrameRefusedException) && port.state() != BridgePort.State.GONE) {
            port.report(cause.toString());
        }
    }
}
