/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.bridge;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import io.ringtap.channel.DeviceEvent;
import io.ringtap.channel.DropReason;
import io.ringtap.channel.FrameRefusedException;
import io.ringtap.ethernet.EtherType;
import io.ringtap.ethernet.EthernetFrame;
import io.ringtap.ethernet.FrameBatch;
import io.ringtap.virtio.VirtioNetFrameException;

import java.util.Arrays;

/** Forwards what arrives at one port: the frame itself, uncopied, in one batch for each port when the round is over. */
final class BridgeHandler extends ChannelInboundHandlerAdapter {
    private final Bridge bridge;
    private final BridgePort port;
    private final int queue;
    /** What this round has for each port, by index. */
    private final FrameBatch[] outgoing;
    /** One look at the clock for a whole round: ageing counts in seconds. */
    private boolean clockRead;
    private int now;
    /** Of the last frame of this round: frames come in trains, and within a round the table says the same again. */
    private boolean decided;
    private long destination;
    private long source;
    private int decision;

    /** For one queue of a port. */
    BridgeHandler(Bridge bridge, BridgePort port, int queue) {
        this.bridge = bridge;
        this.port = port;
        this.queue = queue;
        outgoing = new FrameBatch[bridge.ports().size()];
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (message instanceof FrameBatch batch) {
            forward(batch);
        } else {
            forward((ByteBuf) message);
        }
    }

    private void forward(FrameBatch frames) {
        try {
            while (!frames.isEmpty()) {
                forwardFirst(frames);
            }
        } finally {
            frames.release();
        }
    }

    /** A frame that is only passed on stays in the memory it lies in, and is never made a buffer. */
    private void forwardFirst(FrameBatch frames) {
        int start = bridge.headerBytes();
        if (frames.length(0) < start + EthernetFrame.HEADER_LENGTH) {
            forward(frames.poll());
            return;
        }
        // Destination and what follows; source and type.
        long front = frames.getLong(0, start);
        long back = frames.getLong(0, start + EthernetFrame.HEADER_LENGTH - Long.BYTES);
        if (EtherType.isVlanTag((int) back & 0xffff)) {
            forward(frames.poll());
            return;
        }
        int to = decide(front >>> 16, back >>> 16);
        if (to >= 0) {
            frames.moveTo(outgoing(to));
        } else {
            floodOrDrop(frames.poll(), to);
        }
    }

    private void forward(ByteBuf frame) {
        int start = frame.readerIndex() + bridge.headerBytes();
        if (!EthernetFrame.isValid(frame, start)) {
            frame.release();
            port.channel(queue).stats().countRxDrop(DropReason.MALFORMED);
            return;
        }
        int to = decide(EthernetFrame.destinationBits(frame, start), EthernetFrame.sourceBits(frame, start));
        if (to >= 0) {
            outgoing(to).add(frame);
        } else {
            floodOrDrop(frame, to);
        }
    }

    private void floodOrDrop(ByteBuf frame, int to) {
        if (to == BridgeForwarding.FLOOD) {
            flood(frame);
        } else {
            port.countFiltered(to);
            frame.release();
        }
    }

    /** The last port gets the frame itself: where it is the only one, nobody shares the frame, and it needs no copy. */
    private void flood(ByteBuf frame) {
        int last = outgoing.length - (port.index() == outgoing.length - 1 ? 2 : 1);
        if (last < 0) {
            frame.release();
            return;
        }
        for (int i = 0; i < last; i++) {
            if (i != port.index()) {
                outgoing(i).add(frame.retainedDuplicate());
            }
        }
        outgoing(last).add(frame);
    }

    private int decide(long to, long from) {
        if (!decided || to != destination || from != source) {
            if (!clockRead) {
                clockRead = true;
                now = MacTable.seconds();
            }
            decision = BridgeForwarding.decide(bridge.table(), to, from, port.index(), now);
            if (decision == BridgeForwarding.FLOOD && outgoing.length == 2) {
                decision = 1 - port.index();
            }
            destination = to;
            source = from;
            // A full table counts each frame whose source it cannot take.
            decided = !bridge.table().isFull();
        }
        return decision;
    }

    private FrameBatch outgoing(int to) {
        if (outgoing[to] == null) {
            outgoing[to] = FrameBatch.newInstance();
        }
        return outgoing[to];
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        for (int i = 0; i < outgoing.length; i++) {
            FrameBatch batch = outgoing[i];
            if (batch != null) {
                outgoing[i] = null;
                bridge.ports().get(i).send(batch, queue);
            }
        }
        decided = false;
        clockRead = false;
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        // Each queue tells what becomes of the interface they share.
        if (event instanceof DeviceEvent deviceEvent && (queue == 0 || event instanceof DeviceEvent.Gone)) {
            port.deviceEvent(deviceEvent);
        }
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        for (FrameBatch batch : outgoing) {
            ReferenceCountUtil.release(batch);
        }
        Arrays.fill(outgoing, null);
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
