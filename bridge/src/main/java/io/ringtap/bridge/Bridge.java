/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.concurrent.Promise;
import io.ringtap.channel.FrameChannel;
import io.ringtap.channel.FramePort;
import io.ringtap.channel.FramePorts;
import io.ringtap.channel.PortSyntaxException;
import io.ringtap.ethernet.MacAddress;
import io.ringtap.ethernet.MacTable;
import io.ringtap.virtio.LinkLayer;
import io.ringtap.virtio.VirtioNetHeader;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * A learning bridge (IEEE 802.1D-2004, 7.5 to 7.9) between ports of any kind, which are added and removed while it
 * runs. Frames go from one channel to the other as they are, unless their vnet headers or offloads differ: what one
 * port leaves undone and another does not do is done in between. A port that cannot keep up drops and counts; it never
 * stalls another. Of two ports, where there is no other, each is read no faster than its peer takes the frames: they
 * wait where they came from, and whoever sends them there finds it full.
 *
 * <pre>{@code
 * Bridge bridge = Bridge.builder().port("tap:t0,up=on").port("vale0:1").build();
 * bridge.open(group).sync();
 * BridgePort third = bridge.addPort("tap:t2,up=on").sync().getNow();
 * bridge.removePort(third).sync();
 * bridge.close();
 * }</pre>
 *
 * <h2>Ports</h2>
 *
 * <p>A port is given by name, as {@link FramePorts} reads it, and the bridge opens it; or it is a {@link FrameChannel}
 * of the caller's own, by {@link #addPort(FrameChannel, PortOptions)} or {@link #portInitializer}. Either way its
 * channels are the bridge's from then on, and closed with the port. The bridge's handlers are the last of their
 * pipelines; handlers that the caller put there before see frames as the port has them. A port whose device goes, or
 * whose channel is closed, leaves the bridge by itself. Frames on their way to a port that is removed are sent, or
 * dropped and counted as {@link io.ringtap.ethernet.DropReason#CLOSED}.
 *
 * <h2>The header inside</h2>
 *
 * <p>Inside the bridge every frame has the same vnet header: the longest of the ports that the bridge is opened with,
 * unless {@link BridgeBuilder#insideHeader} says otherwise. It stays the same, as frames of this layout may be queued
 * anywhere; a port that comes later with another header converts at its edge. Without a header inside, the super-frames
 * of a port that comes later are cut up as they come in: a bridge that is opened with plain ports, or without any, and
 * will have ports with offloads is better given a header.
 *
 * <h2>Threads</h2>
 *
 * <p>Every method may be called by any thread, and none but {@link #close()} waits for anything. Frames are forwarded
 * on the event loops of the channels. Futures are completed on one of these event loops, or on the caller's thread:
 * their listeners must not block, and to wait for one on such an event loop is refused with a {@link
 * io.netty.util.concurrent.BlockingOperationException}. A port that is added waits for the event loops of those ports
 * that have to do something for it that they did not do before; if a handler keeps one of them busy for half a minute,
 * adding the port fails, and the others are as before. {@link BridgeListener} is called on a thread of the bridge's
 * own, which begins with {@link #open} and ends with the bridge. {@link #stats()} is a snapshot, and costs a system
 * call for each port.
 */
public final class Bridge implements AutoCloseable {
    private final MacTable table;
    private final BridgePorts ports;
    private final BridgeThread thread;
    private final List<WantedPort> wanted;
    private final BridgeBuilder settings;
    private final PortRetry retry;
    private final BridgeLifecycle life;
    /** The ports that listeners have heard of, and not of their end; of the bridge's thread. */
    private final Set<BridgePort> announced = new LinkedHashSet<>();

    Bridge(BridgeBuilder builder) {
        table = builder.newTable();
        thread = new BridgeThread(List.of(announcements(), FlightRecordListener.ofThisJvm(), builder.listener()));
        ports = new BridgePorts(table, new BridgeForwarding(table, builder.groups()), thread, builder.newTasks(),
            new CarriedMtu(thread, builder.setsMtu()));
        ports.inside(builder.inside());
        life = new BridgeLifecycle(thread, ports::isEventLoop);
        wanted = builder.ports();
        settings = builder;
        retry = new PortRetry(builder.reopen(), thread, this::addPort);
    }

    /** Settings of a bridge. */
    public static BridgeBuilder builder() {
        return new BridgeBuilder();
    }

    /**
     * Opens all ports that the builder was given, or none; frames flow once all are open. To be called once.
     *
     * @param group event loops for the ports
     * @return done when they are open; fails with an {@link java.io.IOException} that names the port and the cause, and
     *     the bridge is closed then
     * @throws IllegalStateException if the bridge was opened or closed before
     */
    public Future<Void> open(EventLoopGroup group) {
        Objects.requireNonNull(group, "group");
        Promise<Void> opened = life.beginOpening(group);
        if (opened == null) {
            throw new IllegalStateException("the bridge was opened or closed before, and is opened once");
        }
        new BridgeWatch(settings, table, ports, thread, this::known).start();
        List<BridgePort> open = new ArrayList<>();
        openNext(open, opened);
        opened.addListener(done -> {
            if (!done.isSuccess()) {
                shutdown();
            }
        });
        return opened;
    }

    /** One after the other, as a pattern in a name takes the number that is free then. */
    private void openNext(List<BridgePort> open, Promise<Void> opened) {
        if (open.size() == wanted.size()) {
            thread.call(settings.beforeFrames()).addListener(done -> {
                if (done.isSuccess()) {
                    joinFirst(open, opened);
                } else {
                    ports.close(open).addListener(closed -> opened.setFailure(done.cause()));
                }
            });
            return;
        }
        WantedPort next = wanted.get(open.size());
        BridgePort port = new BridgePort(next.port().text(), next.options());
        new PortOpener(life.group(), port, next.port(), ports::prepare).open().addListener(bound -> {
            if (bound.isSuccess()) {
                open.add(port);
                openNext(open, opened);
            } else {
                ports.close(open).addListener(done -> opened.setFailure(bound.cause()));
            }
        });
    }

    private void joinFirst(List<BridgePort> open, Promise<Void> opened) {
        ports.join(open).addListener(joined -> {
            if (joined.isSuccess() && life.opened()) {
                for (int i = 0; i < open.size(); i++) {
                    retry.watch(open.get(i), wanted.get(i));
                }
                opened.setSuccess(null);
            } else {
                opened.setFailure(joined.isSuccess() ? closedException() : joined.cause());
            }
        });
    }

    /**
     * Opens a port and adds it; its options stand behind its name, as {@link PortOptions#KEYS}.
     *
     * @return the port, once it is part of the bridge; fails if it cannot be opened, is the same as another, or the
     *     bridge is not open
     * @throws PortSyntaxException if the name or an option cannot be read
     * @throws IllegalArgumentException if it carries no Ethernet frames
     */
    public Future<BridgePort> addPort(String port) {
        return addPort(FramePorts.load().parse(port, PortOptions.KEYS), PortOptions.DEFAULT);
    }

    /**
     * Opens a port and adds it.
     *
     * @param options what the bridge does there; those behind the port's name come first
     * @return the port, once it is part of the bridge; fails if it cannot be opened, is the same as another, or the
     *     bridge is not open
     * @throws PortSyntaxException if an option cannot be read
     * @throws IllegalArgumentException if it carries no Ethernet frames
     */
    public Future<BridgePort> addPort(FramePort port, PortOptions options) {
        return addPort(WantedPort.of(port, options));
    }

    private Future<BridgePort> addPort(WantedPort spec) {
        Promise<BridgePort> added = life.begin();
        if (added == null) {
            return notOpen();
        }
        BridgePort opening = new BridgePort(spec.port().text(), spec.options());
        added.addListener(done -> {
            if (done.isSuccess()) {
                retry.watch(opening, spec);
            }
        });
        new PortOpener(life.group(), opening, spec.port(), ports::prepare).open().addListener(bound -> {
            if (bound.isSuccess()) {
                join(opening, added);
            } else {
                added.setFailure(bound.cause());
            }
        });
        return added;
    }

    /**
     * Adds a channel of the caller's own, which is registered with an event loop, and is bound or will be. The bridge
     * sets its {@code READ_BATCHES}, {@code AUTO_READ} and watermarks; its vnet header and offloads are as the caller
     * set them.
     *
     * @param options what the bridge does there; queues, header and offloads are not among them, as they are the
     *     channel's
     * @return the port, once it is part of the bridge; fails, and closes the channel, if it is the same as another port
     *     or is closed before it is bound; fails if the bridge is not open
     * @throws IllegalArgumentException if the channel carries no Ethernet frames, or has no event loop
     */
    public Future<BridgePort> addPort(FrameChannel channel, PortOptions options) {
        requireSuitable(channel, options);
        if (!channel.isRegistered()) {
            throw new IllegalArgumentException("the channel " + channel + " is not registered with an event loop");
        }
        Promise<BridgePort> added = life.begin();
        if (added == null) {
            return notOpen();
        }
        LoopTasks.run(channel.eventLoop(), () -> attach(channel, options, added)).addListener(begun -> {
            if (!begun.isSuccess()) {
                added.tryFailure(begun.cause());
            }
        });
        return added;
    }

    /**
     * A handler for a {@link io.netty.bootstrap.Bootstrap} of the caller's own: each channel that it initializes
     * becomes a port when it is bound. The listener hears of it: {@link BridgeListener#portOpened}, or {@link
     * BridgeListener#portFailed} and the channel is closed. The same rules hold as for {@link #addPort(FrameChannel,
     * PortOptions)}.
     */
    public ChannelHandler portInitializer(PortOptions options) {
        return new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel channel) {
                if (!(channel instanceof FrameChannel frames)) {
                    throw new IllegalArgumentException("a port of a bridge is a FrameChannel, and this is " + channel);
                }
                requireSuitable(frames, options);
                Promise<BridgePort> added = life.begin();
                if (added == null) {
                    throw closedException();
                }
                BridgePort port = attach(frames, options, added);
                added.addListener(done -> {
                    if (!done.isSuccess()) {
                        ports.failed(port, done.cause());
                    }
                });
            }
        };
    }

    private static void requireSuitable(FrameChannel channel, PortOptions options) {
        if (channel.linkLayer() != LinkLayer.ETHERNET) {
            throw new IllegalArgumentException("the channel " + channel
                + " carries IP packets, and a bridge joins Ethernet segments");
        }
        if (options.isAboutOpening()) {
            throw new IllegalArgumentException("queues, vnet header and offloads of a channel of your own are what you"
                + " opened it with, and no options of its port");
        }
    }

    /** On the event loop of the channel. */
    private BridgePort attach(FrameChannel channel, PortOptions options, Promise<BridgePort> added) {
        BridgePort port = new BridgePort(channel.toString(), options);
        if (channel.pipeline().context(BridgePorts.HANDLER) != null) {
            added.setFailure(new IllegalArgumentException("the channel " + channel + " is a port of a bridge already"));
            return port;
        }
        ports.prepare(port, channel);
        channel.pipeline().addLast(new JoinWhenActive(() -> join(port, added), added::tryFailure));
        return port;
    }

    private void join(BridgePort port, Promise<BridgePort> added) {
        ports.join(List.of(port)).addListener(joined -> {
            if (joined.isSuccess()) {
                added.setSuccess(port);
            } else {
                added.setFailure(joined.cause());
            }
        });
    }

    private static Future<BridgePort> notOpen() {
        return ImmediateEventExecutor.INSTANCE.newFailedFuture(closedException());
    }

    private static IllegalStateException closedException() {
        return new IllegalStateException("the bridge is not open");
    }

    /**
     * Takes a port out of the bridge and closes its channels. What is on its way to it is sent, unless the device is
     * full, or counted as dropped; its stations are forgotten. The place of the port in the table is free for another.
     * A port that has gone by itself is not looked for any more.
     *
     * @return done when its channels are closed; never fails
     */
    public Future<Void> removePort(BridgePort port) {
        retry.forget(port);
        Promise<Void> removed = life.promise();
        ports.remove(port).addListener(done -> removed.setSuccess(null));
        return removed;
    }

    /**
     * Mutes a port, or ends that. A muted port stays open and keeps its place; what it receives and what is for it is
     * dropped and counted as {@link io.ringtap.ethernet.DropReason#MUTED}, and nothing is learned from it. Its stations
     * are forgotten.
     *
     * @return whether that is a change; false too of a port that is no member
     */
    public boolean mute(BridgePort port, boolean muted) {
        return ports.mute(port, muted);
    }

    /** The ports, in the order they came. */
    public List<BridgePort> ports() {
        return ports.members().all();
    }

    /** The header of every frame inside the bridge, {@code null} before the bridge is open unless it was given. */
    public VirtioNetHeader insideHeader() {
        return ports.inside();
    }

    /** What it has done so far. */
    public BridgeStats stats() {
        return new BridgeStats(ports().stream().map(BridgePort::stats).toList(), table.size(), table.learned(),
            table.moved(), table.aged(), table.refused());
    }

    MacTable table() {
        return table;
    }

    private BridgeListener announcements() {
        return new BridgeListener() {
            @Override
            public void portOpened(BridgePort port) {
                announced.add(port);
            }

            @Override
            public void portGone(BridgePort port, Throwable cause) {
                announced.remove(port);
            }
        };
    }

    /**
     * Has one more listener hear what happens, beside that of the builder. It hears first of the ports that there are,
     * as if they opened now.
     */
    public void addListener(BridgeListener listener) {
        Objects.requireNonNull(listener, "listener");
        thread.begin(listener, each -> announced.forEach(each::portOpened));
    }

    /** Has a listener hear nothing any more; it may still be told of the event that is being told. */
    public void removeListener(BridgeListener listener) {
        thread.end(listener);
    }

    /** The stations that it knows, in no order. */
    public List<Station> stations() {
        return known(table.snapshot(MacTable.seconds()));
    }

    private List<Station> known(List<MacTable.Entry> entries) {
        Members members = ports.members();
        List<Station> stations = new ArrayList<>();
        for (MacTable.Entry entry : entries) {
            BridgePort port = members.at(entry.port());
            if (port != null) {
                stations.add(new Station(entry.address(), port, entry.ageSeconds(), entry.moves(),
                    members.at(entry.movedFrom()), entry.isStatic()));
            }
        }
        return stations;
    }

    /** Forgets all stations that were learned. */
    public void flushStations() {
        table.clear();
    }

    /** Forgets the stations that were learned on a port. */
    public void flushStations(BridgePort port) {
        if (ports.members().at(port.index()) == port) {
            table.removePort(port.index());
        }
    }

    /**
     * Says where a station is: a static entry, which does not age, does not move to where the station is heard, and is
     * not flushed. It goes with its port.
     *
     * @throws IllegalArgumentException if the address is that of a group, or the port is no port of this bridge
     * @throws IllegalStateException if the table of stations is full
     */
    public void setStation(MacAddress address, BridgePort port) {
        if (address.isMulticast()) {
            throw new IllegalArgumentException(address + " is the address of a group, and no station");
        }
        if (!ports.setStation(address, port)) {
            throw new IllegalStateException("the table of stations is full: " + table.size() + " of them");
        }
    }

    /**
     * Forgets a station, static or not.
     *
     * @return whether it was known
     */
    public boolean removeStation(MacAddress address) {
        return table.remove(address.bits());
    }

    /** Begins to close the bridge and all its ports, those that are being added too. Returns {@link #closeFuture()}. */
    public Future<Void> shutdown() {
        List<Future<?>> ends = life.close();
        if (ends == null) {
            return closeFuture();
        }
        ends.add(ports.closeAll());
        AllDone.of(ends).addListener(done -> thread.end(() -> life.closed().setSuccess(null)));
        return closeFuture();
    }

    /** Done when all ports are closed and the listener has heard of everything; never fails. */
    public Future<Void> closeFuture() {
        return life.closed();
    }

    /**
     * {@link #shutdown()}, and waits for the end. Not for event loops, nor for the {@link BridgeListener}: who waits
     * there keeps the bridge from ending.
     *
     * @throws IllegalStateException if it is called by the bridge's own thread, or by an event loop of its group or of
     *     a port
     */
    @Override
    public void close() {
        if (life.isNeeded()) {
            throw new IllegalStateException("close() waits, which " + Thread.currentThread().getName()
                + " must not: use shutdown()");
        }
        shutdown().awaitUninterruptibly();
    }
}
