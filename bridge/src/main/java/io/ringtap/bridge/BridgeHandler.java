/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import io.ringtap.channel.DeviceEvent;
import io.ringtap.channel.FrameChannelStats;
import io.ringtap.ethernet.DropReason;
import io.ringtap.ethernet.EtherType;
import io.ringtap.ethernet.EthernetFrame;
import io.ringtap.ethernet.FrameBatch;
import io.ringtap.ethernet.FrameRefusedException;
import io.ringtap.ethernet.MacAddress;
import io.ringtap.ethernet.MacTable;
import io.ringtap.pcap.CaptureFailedEvent;

import java.nio.channels.ClosedChannelException;
import java.util.Arrays;

/** Forwards what arrives at one port: the frame itself, uncopied, in one batch for each port when the round is over. */
final class BridgeHandler extends ChannelInboundHandlerAdapter {
    /** No decision: the whole frame has to be looked at. */
    private static final int ASK = -100;

    private static final FrameBatch[] NOTHING = {};
    private static final int[] NOBODY = {};

    private final BridgePorts ports;
    private final BridgePort port;
    private final int queue;
    /** Whether frames are forwarded: not before the port is a member of the bridge. */
    private boolean joined;
    /** The bytes of vnet header in front of every frame. */
    private int headerBytes;
    /** The ports that this round is for; those that come and go meanwhile are for the next one. */
    private Members members = Members.NONE;
    private boolean inRound;
    /** The indexes of all ports but this one. */
    private int[] others = NOBODY;
    /** What this round has for each port, by index. */
    private FrameBatch[] outgoing = NOTHING;
    /** The frames for groups that came last, by which a loop shows. */
    private final RepeatedFrames repeated = new RepeatedFrames();
    /** One look at the clock for a whole round: ageing counts in seconds. */
    private boolean clockRead;
    private int now;
    /** Of the last frame of this round: frames come in trains, and within a round the table says the same again. */
    private boolean decided;
    private long destination;
    private long source;
    private int decision;

    /** For one queue of a port. */
    BridgeHandler(BridgePorts ports, BridgePort port, int queue) {
        this.ports = ports;
        this.port = port;
        this.queue = queue;
    }

    /** Forwards frames from now on. On the event loop. */
    void join(int insideHeaderBytes) {
        headerBytes = insideHeaderBytes;
        joined = true;
    }

    private void beginRound() {
        inRound = true;
        Members current = ports.members();
        if (current != members) {
            members = current;
            others = current.others(port);
            outgoing = new FrameBatch[current.places()];
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (!joined) {
            // The rest of what was asked for when the port began to join.
            drop(message, DropReason.CLOSED);
            return;
        }
        if (port.isSilent()) {
            drop(message, DropReason.MUTED);
            return;
        }
        if (!inRound) {
            beginRound();
        }
        if (message instanceof FrameBatch batch) {
            forward(batch);
        } else {
            forward((ByteBuf) message);
        }
    }

    private void drop(Object message, DropReason reason) {
        FrameChannelStats stats = port.queue(queue).channel().stats();
        int frames = message instanceof FrameBatch batch ? batch.size() : 1;
        for (int i = 0; i < frames; i++) {
            stats.countRxDrop(reason);
        }
        ReferenceCountUtil.release(message);
    }

    /** Frames that are only passed on, in trains for one port, stay in the memory they lie in. */
    private void forward(FrameBatch frames) {
        int start = headerBytes;
        int train = 0;
        int to = BridgeForwarding.FLOOD;
        try {
            while (train < frames.size()) {
                int next = decide(frames, train, start);
                if (next != to || next < 0) {
                    send(frames, train, to);
                    train = 0;
                    to = next;
                }
                if (next == ASK) {
                    forward(frames.poll());
                } else if (next < 0) {
                    floodOrDrop(frames.poll(), next);
                } else {
                    train++;
                }
            }
            send(frames, train, to);
        } finally {
            frames.release();
        }
    }

    private void send(FrameBatch frames, int count, int to) {
        if (count != 0) {
            frames.moveTo(outgoing(to), count);
        }
    }

    /** Where a frame of a batch goes; {@link #ASK} if it is not the usual one, with one VLAN tag at most. */
    private int decide(FrameBatch frames, int index, int start) {
        int length = frames.length(index) - start;
        if (length < EthernetFrame.HEADER_LENGTH) {
            return ASK;
        }
        // Destination and what follows; source and type.
        long front = frames.getLong(index, start);
        long back = frames.getLong(index, start + EthernetFrame.HEADER_LENGTH - Long.BYTES);
        if (EtherType.isVlanTag((int) back & 0xffff)) {
            int tagged = EthernetFrame.HEADER_LENGTH + EthernetFrame.VLAN_TAG_LENGTH;
            if (length < tagged
                || EtherType.isVlanTag((int) frames.getLong(index, start + tagged - Long.BYTES) & 0xffff)) {
                return ASK;
            }
        }
        if (MacAddress.isMulticast(front >>> 16) && repeated.isRepeated(frames, index, start)) {
            port.countRepeated();
        }
        return decide(front >>> 16, back >>> 16);
    }

    private void forward(ByteBuf frame) {
        int start = frame.readerIndex() + headerBytes;
        if (!EthernetFrame.isValid(frame, start)) {
            frame.release();
            port.queue(queue).channel().stats().countRxDrop(DropReason.MALFORMED);
            return;
        }
        long destination = EthernetFrame.destinationBits(frame, start);
        if (MacAddress.isMulticast(destination) && repeated.isRepeated(frame, start)) {
            port.countRepeated();
        }
        int to = decide(destination, EthernetFrame.sourceBits(frame, start));
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
        int last = others.length - 1;
        if (last < 0) {
            frame.release();
            return;
        }
        for (int i = 0; i < last; i++) {
            outgoing(others[i]).add(frame.retainedDuplicate());
        }
        outgoing(others[last]).add(frame);
    }

    private int decide(long to, long from) {
        if (!decided || to != destination || from != source) {
            if (!clockRead) {
                clockRead = true;
                now = MacTable.seconds();
            }
            boolean learns = port.isLearning(now);
            decision = ports.forwarding().decide(to, from, port.index(), learns, now);
            if (learns && !port.isLearning(now)) {
                // It went down meanwhile, and its stations were forgotten: this one must not come back.
                ports.table().remove(from, port.index());
            }
            if (decision >= 0 && members.at(decision) == null) {
                // A port that has joined during this round, or has just left.
                decision = BridgeForwarding.FLOOD;
            }
            if (decision == BridgeForwarding.FLOOD && others.length == 1) {
                decision = others[0];
            }
            destination = to;
            source = from;
            // A full table counts each frame whose source it cannot take.
            decided = !ports.table().isFull();
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
                ChannelFuture sent = members.at(i).send(batch, queue);
                if (sent != null && others.length == 1) {
                    readAfter(sent, ctx.channel());
                }
            }
        }
        decided = false;
        clockRead = false;
        inRound = false;
    }

    /** Of two ports none waits for a third, so what the other cannot take yet is left where it comes from. */
    private static void readAfter(ChannelFuture sent, Channel channel) {
        channel.config().setAutoRead(false);
        sent.addListener(done -> {
            if (channel.isActive()) {
                channel.config().setAutoRead(true);
            }
        });
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        // Each queue tells what becomes of the interface they share.
        if (event instanceof DeviceEvent deviceEvent && (queue == 0 || event instanceof DeviceEvent.Gone)) {
            ports.deviceEvent(port, deviceEvent);
            if (queue == 0 && event instanceof DeviceEvent.BackendChanged) {
                ports.backendChanged(port);
            }
        } else if (event instanceof CaptureFailedEvent failed) {
            ports.failed(port, failed.cause());
        }
        ctx.fireUserEventTriggered(event);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        for (FrameBatch batch : outgoing) {
            ReferenceCountUtil.release(batch);
        }
        Arrays.fill(outgoing, null);
        ports.handlerRemoved(port);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        ports.channelClosed(port, ctx.channel());
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        // A frame that the device or a handler refused is in the counters already; what closes the port is told by its
        // event, and that frames were still waiting to be sent when it closed is no news.
        boolean known = cause instanceof FrameRefusedException || cause instanceof ClosedChannelException;
        if (!known && port.goneBy() == null) {
            ports.failed(port, cause);
        }
    }
}
