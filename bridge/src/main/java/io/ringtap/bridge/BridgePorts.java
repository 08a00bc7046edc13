/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.netty.channel.Channel;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.concurrent.Promise;
import io.ringtap.channel.DeviceEvent;
import io.ringtap.channel.FrameChannel;
import io.ringtap.ethernet.MacAddress;
import io.ringtap.ethernet.MacTable;
import io.ringtap.pcap.PcapWriteHandler;
import io.ringtap.virtio.VirtioNetHeader;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The ports of a bridge: how an open channel becomes part of it, and how it leaves. Frames read {@link #members()}
 * without a lock; who changes it holds one.
 */
final class BridgePorts {
    /** The name of a port's last handler; those in front of it begin with it. */
    static final String HANDLER = "ringtap-bridge";

    /**
     * What a port queues before it counts as slow: well over the half megabyte that one read round brings at most, as
     * that is sent as one batch.
     */
    private static final WriteBufferWaterMark QUEUE = new WriteBufferWaterMark(4 << 20, 8 << 20);

    private final MacTable table;
    private final BridgeForwarding forwarding;
    private final BridgeThread thread;
    private final LoopTasks tasks;
    private final CarriedMtu mtu;
    private final OneByOne changes = new OneByOne();
    private volatile Members members = Members.NONE;
    private volatile VirtioNetHeader inside;
    private volatile boolean closing;

    BridgePorts(MacTable table, BridgeForwarding forwarding, BridgeThread thread, LoopTasks tasks,
                CarriedMtu mtu) {
        this.table = table;
        this.forwarding = forwarding;
        this.thread = thread;
        this.tasks = tasks;
        this.mtu = mtu;
    }

    MacTable table() {
        return table;
    }

    /** Learns, and decides where a frame goes. */
    BridgeForwarding forwarding() {
        return forwarding;
    }

    Members members() {
        return members;
    }

    /** Whether the thread that calls is the event loop of a member. */
    boolean isEventLoop() {
        return members.all().stream().anyMatch(BridgePort::isEventLoop);
    }

    /** The header of frames inside; {@code null} before the first ports join, unless it was given. */
    VirtioNetHeader inside() {
        return inside;
    }

    void inside(VirtioNetHeader header) {
        inside = header;
    }

    /** A channel of a port is about to be opened, or joins as it is. On its event loop, or before it has one. */
    void prepare(BridgePort port, FrameChannel channel) {
        int queue = port.opening(channel);
        channel.config().setReadBatches(true).setAutoRead(false).setWriteBufferWaterMark(QUEUE);
        channel.pipeline().addLast(HANDLER, new BridgeHandler(this, port, queue));
    }

    /**
     * Makes members of ports whose channels are open: all of them, or none, whose channels are then closed.
     *
     * @return done when frames flow
     */
    Future<Void> join(List<BridgePort> ports) {
        Promise<Void> joined = ImmediateEventExecutor.INSTANCE.newPromise();
        changes.run(() -> {
            joinNow(ports).addListener(done -> {
                if (done.isSuccess()) {
                    joined.setSuccess(null);
                } else {
                    close(ports).addListener(closed -> joined.setFailure(done.cause()));
                }
            });
            return joined;
        });
        return joined;
    }

    private Future<Void> joinNow(List<BridgePort> ports) {
        Promise<Void> joined = ImmediateEventExecutor.INSTANCE.newPromise();
        try {
            requireNew(ports);
            int[] places = members.free(ports.size());
            for (int i = 0; i < places.length; i++) {
                ports.get(i).index(places[i]);
                ports.get(i).allOpen();
            }
            List<BridgePort> all = new ArrayList<>(members.all());
            all.addAll(ports);
            negotiate(all).addListener(done -> end(joined, ports, done.cause()));
        } catch (IOException | RuntimeException e) {
            joined.setFailure(e);
        }
        return joined;
    }

    /** Whether a port is another one than those before it shows for sure when the kernel has given it its name. */
    private void requireNew(List<BridgePort> ports) throws IOException {
        List<BridgePort> before = new ArrayList<>(members.all());
        for (BridgePort port : ports) {
            FrameChannel channel = port.channel();
            if (channel == null || !channel.isActive()) {
                throw new IOException("port " + port + " was closed while it was being added");
            }
            for (BridgePort other : before) {
                if (other.channel().isActive() && channel.identity().overlaps(other.channel().identity())) {
                    throw new IOException("port " + port + " is the same as " + other
                        + ", and a bridge sends no frame back to where it came from");
                }
            }
            before.add(port);
        }
    }

    /**
     * Has ports agree on what they do for each other. In two steps, as each changes on its own event loop while frames
     * pass: at first all make ready for what any of them will send, and whoever is to send less does so; what was sent
     * before lies before the second step in the queue of each event loop. An event loop with nothing to change is not
     * waited for.
     */
    private Future<Void> negotiate(List<BridgePort> ports) {
        List<BridgeOffloads.Port> forms = ports.stream().map(BridgePort::form).toList();
        if (inside == null) {
            inside = VirtioNetHeader.of(BridgeOffloads.insideFor(forms));
        }
        BridgeOffloads offloads = new BridgeOffloads(forms, inside.length());
        List<Future<?>> ready = new ArrayList<>();
        for (int i = 0; i < ports.size(); i++) {
            BridgePort port = ports.get(i);
            PortOffloads next = offloads.of(i);
            for (PortQueue queue : port.queues()) {
                PortEdge edge = queue.edge();
                ready.add(tasks.of(port, queue.channel(),
                    edge.isBuilt() ? edge.change(edge.asked().until(next)) : build(port, queue, next)));
            }
        }
        Promise<Void> negotiated = ImmediateEventExecutor.INSTANCE.newPromise();
        AllDone.of(ready).addListener(allReady -> {
            if (!allReady.isSuccess()) {
                negotiated.setFailure(allReady.cause());
                return;
            }
            List<Future<?>> done = new ArrayList<>();
            for (int i = 0; i < ports.size(); i++) {
                for (PortQueue queue : ports.get(i).queues()) {
                    done.add(tasks.of(ports.get(i), queue.channel(), queue.edge().change(offloads.of(i))));
                }
            }
            AllDone.of(done).addListener(end -> {
                if (end.isSuccess()) {
                    negotiated.setSuccess(null);
                } else {
                    negotiated.setFailure(end.cause());
                }
            });
        });
        return negotiated;
    }

    private Future<Void> build(BridgePort port, PortQueue queue, PortOffloads offloads) {
        FrameChannel channel = queue.channel();
        return queue.edge().build(HANDLER, inside.length(), offloads,
            (direction, verdict) -> port.countMalformed(verdict), () -> {
                port.conditions().addTo(channel.pipeline(), HANDLER, channel.vnetHeaderLength());
                if (port.mirror() != null) {
                    channel.pipeline().addBefore(HANDLER, null,
                        new PcapWriteHandler(port.mirror(), channel.vnetHeaderLength()));
                }
            });
    }

    /**
     * A port forwards nothing any more, or has another form: what stands elsewhere for its sake changes. If an event
     * loop does not take part, everything stays as it is until the next change.
     */
    private void negotiateAgain() {
        changes.run(() -> {
            Members present = members;
            return present.all().isEmpty() ? ImmediateEventExecutor.INSTANCE.newSucceededFuture(null)
                : negotiate(present.all());
        });
    }

    /** A handler of the bridge has left the pipeline of a closed channel. On its event loop. */
    void handlerRemoved(BridgePort port) {
        if (port.handlerRemoved() && !closing) {
            negotiateAgain();
        }
    }

    /** The header or the offloads of a port have changed, as its first channel says. On its event loop. */
    void backendChanged(BridgePort port) {
        port.takeForm();
        negotiateAgain();
    }

    private void end(Promise<Void> joined, List<BridgePort> ports, Throwable failure) {
        Throwable cause = failure;
        try {
            cause = cause == null ? publish(ports, ports.stream().map(port -> port.channel().isLinkUp()).toList())
                : cause;
        } catch (RuntimeException | Error e) {
            // A channel cannot be asked. Whoever waits for the port has to hear of it.
            cause = e;
        }
        if (cause != null) {
            joined.setFailure(cause);
            return;
        }
        int headerBytes = inside.bytes();
        for (BridgePort port : ports) {
            for (FrameChannel channel : port.channels()) {
                LoopTasks.run(channel.eventLoop(), () -> {
                    if (channel.pipeline().get(HANDLER) instanceof BridgeHandler handler) {
                        handler.join(headerBytes);
                        channel.config().setAutoRead(true);
                    }
                });
            }
        }
        joined.setSuccess(null);
    }

    /**
     * Makes members of ports.
     *
     * @param up whether the link of each carries frames
     * @return why they cannot be members, {@code null} if they are
     */
    private synchronized Throwable publish(List<BridgePort> ports, List<Boolean> up) {
        if (closing) {
            return new IllegalStateException("the bridge is closed");
        }
        for (BridgePort port : ports) {
            if (port.state() == PortState.GONE) {
                return port.goneBy() != null ? port.goneBy()
                    : new IOException("port " + port + " was closed while it was being added");
            }
        }
        for (int i = 0; i < ports.size(); i++) {
            BridgePort port = ports.get(i);
            port.joined(up.get(i));
            thread.tell(listener -> listener.portOpened(port));
            // Asked on the bridge's own thread, as the answer may take a while.
            thread.tell(listener ->
                port.channel().forwardingHazards().forEach(hazard -> listener.portWarned(port, hazard)));
            if (port.state() == PortState.DOWN) {
                thread.tell(listener -> listener.portDown(port));
            }
        }
        members = members.with(ports);
        compareMtu();
        return null;
    }

    /** On the bridge's own thread, as interfaces are asked. */
    private void compareMtu() {
        thread.call(() -> {
            mtu.look(members.all());
            return null;
        });
    }

    /** Closes the channels of ports that are no members. */
    Future<Void> close(List<BridgePort> ports) {
        List<Future<?>> closed = new ArrayList<>();
        for (BridgePort port : ports) {
            port.leave();
            port.channels().forEach(channel -> closed.add(LoopTasks.close(channel)));
        }
        return AllDone.of(closed);
    }

    /** Takes a port out, and closes it; one that is no member closes too. Done when it is closed. */
    Future<Void> remove(BridgePort port) {
        List<BridgePort> remaining = leave(port, null);
        return remaining == null ? port.closeFuture() : PortRemoval.close(port, remaining, tasks);
    }

    /** Closes all ports, and lets none join any more. Done when they are closed. */
    Future<Void> closeAll() {
        List<BridgePort> all;
        synchronized (this) {
            closing = true;
            all = members.all();
        }
        return AllDone.of(all.stream().map(this::remove).toList());
    }

    /** Returns the other members, {@code null} if the port was none. */
    private synchronized List<BridgePort> leave(BridgePort port, Throwable cause) {
        if (!port.leave() || members.at(port.index()) != port) {
            return null;
        }
        members = members.without(port);
        table.deletePort(port.index());
        thread.tell(listener -> listener.portGone(port, cause));
        return members.all();
    }

    /**
     * Sets a static entry.
     *
     * @return false if the table is full
     * @throws IllegalArgumentException if the port is no member
     */
    synchronized boolean setStation(MacAddress address, BridgePort port) {
        if (members.at(port.index()) != port) {
            throw new IllegalArgumentException(port + " is no port of this bridge");
        }
        return table.set(address.bits(), port.index(), MacTable.seconds());
    }

    /** Returns whether the port is muted now and was not, or the other way round. */
    synchronized boolean mute(BridgePort port, boolean muted) {
        if (members.at(port.index()) != port || !port.mute(muted)) {
            return false;
        }
        if (muted) {
            // What is for its stations finds another way, if there is one.
            table.removePort(port.index());
        }
        thread.tell(listener -> listener.portMuted(port, muted));
        return true;
    }

    /** Blocks a port for so many seconds. On the bridge's thread. */
    synchronized void block(BridgePort port, int seconds) {
        if (members.at(port.index()) == port && port.block(true)) {
            table.removePort(port.index());
            thread.tell(listener -> listener.portBlocked(port, seconds));
        }
    }

    /** A port is blocked no more. On the bridge's thread. */
    synchronized void unblock(BridgePort port) {
        if (members.at(port.index()) == port && port.block(false)) {
            thread.tell(listener -> listener.portUnblocked(port));
        }
    }

    /** Something has happened to the device of a port. On its event loop. */
    void deviceEvent(BridgePort port, DeviceEvent event) {
        if (event instanceof DeviceEvent.MtuChanged changed) {
            thread.tell(listener -> listener.mtuChanged(port, changed.from(), changed.to()));
            compareMtu();
            return;
        }
        synchronized (this) {
            PortState state = port.deviceEvent(event);
            if (state == PortState.DOWN && members.at(port.index()) == port) {
                table.removePort(port.index());
                thread.tell(listener -> listener.portDown(port));
            } else if (state == PortState.UP && members.at(port.index()) == port) {
                thread.tell(listener -> listener.portUp(port));
            }
        }
        if (event instanceof DeviceEvent.Gone gone) {
            leave(port, gone.cause());
        }
    }

    /** Something has failed at a port that goes on. Any thread. */
    void failed(BridgePort port, Throwable cause) {
        thread.tell(listener -> listener.portFailed(port, cause));
    }

    /** A channel has closed, and takes the port's other queues with it: flows would be lost in the gap. */
    void channelClosed(BridgePort port, Channel channel) {
        if (!port.has(channel)) {
            // Of an attempt to open the port that has failed.
            return;
        }
        leave(port, port.goneBy());
        port.channels().forEach(FrameChannel::close);
    }
}
