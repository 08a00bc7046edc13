/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vxlan;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.netty.channel.IoEventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import io.ringtap.channel.DeviceDrops;
import io.ringtap.channel.DeviceEvent;
import io.ringtap.channel.spi.DescriptorWaiter;
import io.ringtap.channel.spi.FrameDevice;
import io.ringtap.channel.spi.FrameSink;
import io.ringtap.ethernet.DropReason;
import io.ringtap.ethernet.FrameRefusedException;
import io.ringtap.ethernet.MacTable;
import io.ringtap.internal.udp.SentDatagrams;
import io.ringtap.internal.udp.SocketErrors;
import io.ringtap.internal.udp.UdpSocket;
import io.ringtap.internal.unix.Errno;
import io.ringtap.internal.unix.NetworkNamespace;
import io.ringtap.internal.unix.SystemCallException;
import io.ringtap.loop.Readiness;
import io.ringtap.virtio.VirtioNetBackend;
import io.ringtap.virtio.VirtioNetHeader;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VnetHeaderLength;

import java.io.IOException;
import java.net.SocketAddress;
import java.util.ArrayDeque;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** One end of a VXLAN tunnel. */
public final class VxlanDevice implements FrameDevice, TunnelSender.TunnelPaths {
    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(VxlanDevice.class);
    private static final int SECONDS_BETWEEN_MEASURES = 5;
    private static final int SECONDS_BETWEEN_LOOK_UPS = 10;
    /** Answers in a second, and answers that may wait to be read. */
    private static final int MOST_ANSWERS = 100;

    private final SocketAddress address;
    private final TunnelSettings settings;
    private final VirtioNetHeader layout;
    private final TunnelSockets sockets;
    private final MacTable stations;
    private final Vteps vteps;
    private final Remotes remotes;
    private final KernelFdb fdb;
    private final TunnelCounters counters = new TunnelCounters();
    private final TunnelReceiver receiver;
    private final TunnelSender sender;
    private final SocketErrors errors = new SocketErrors();
    private final SocketErrors.Listener undelivered = this::undelivered;
    private final Map<DropReason, FrameRefusedException> refusals = new EnumMap<>(DropReason.class);
    private final Queue<ByteBuf> answers = new ArrayDeque<>();
    private int answersLeft = MOST_ANSWERS;
    private TunnelReadiness readiness;
    private ScheduledFuture<?> chores;
    private int seconds;
    private Consumer<DeviceEvent> events = event -> { };
    private volatile int innerMtu;

    private VxlanDevice(SocketAddress address, TunnelSettings settings, TunnelSockets sockets, KernelFdb fdb) {
        this.address = address;
        this.settings = settings;
        this.sockets = sockets;
        this.fdb = fdb;
        layout = VirtioNetHeader.of(settings.vnetHeaders().get(0));
        stations = new MacTable(settings.maxStations(), settings.ageingSeconds());
        vteps = new Vteps(settings.port(), stations);
        remotes = new Remotes(settings, sockets, vteps, this::remotesChanged, this::measureAnew);
        boolean learning = settings.learning() == null ? fdb == null : settings.learning();
        receiver = new TunnelReceiver(new Decapsulation(settings.vni(), layout), remotes::sender, stations, learning);
        sender = new TunnelSender(this, settings, sockets, stations, layout, counters);
    }

    /**
     * Opens a tunnel.
     *
     * @param address how its channel calls it
     * @throws IOException if it cannot be opened with these settings, with the reason and what to do
     */
    public static VxlanDevice open(SocketAddress address, TunnelSettings settings) throws IOException {
        return settings.namespace() == null ? openHere(address, settings)
            : NetworkNamespace.call(settings.namespace(), () -> openHere(address, settings));
    }

    private static VxlanDevice openHere(SocketAddress address, TunnelSettings settings) throws IOException {
        TunnelSockets sockets = null;
        KernelFdb fdb = null;
        try {
            sockets = new TunnelSockets(settings);
            String device = Remotes.fdbDevice(settings.remotes());
            fdb = device == null ? null : KernelFdb.open(device);
            return new VxlanDevice(address, settings, sockets, fdb);
        } catch (Throwable e) {
            if (fdb != null) {
                fdb.close();
            }
            if (sockets != null) {
                sockets.close();
            }
            if (e instanceof SystemCallException failed) {
                throw new SystemCallException(address.toString(), failed, null);
            }
            throw e;
        }
    }

    /** What the tunnel counts. Any thread. */
    public TunnelCounters counters() {
        return counters;
    }

    /** The stations behind the other ends. Any thread. */
    public MacTable stations() {
        return stations;
    }

    /**
     * The longest packet that a network interface may send through the tunnel to any of its ends, 0 while there are
     * none. Any thread.
     */
    public int innerMtu() {
        return innerMtu;
    }

    /** What was configured of the other ends. Any thread. */
    public List<String> remotes() {
        return remotes.wanted();
    }

    /** Replaces what was configured of the other ends. On the event loop. */
    public void setRemotes(List<String> wanted) {
        remotes.set(wanted);
    }

    /** The sockets that send, for their options. */
    public List<UdpSocket> senders() {
        return sockets.senders();
    }

    /** The socket that receives, for its options. */
    public UdpSocket receivingSocket() {
        return sockets.receiver();
    }

    /**
     * Looks after the ends until {@link #unwatch}. On the event loop.
     *
     * @param listener is told of the MTU
     */
    public void watch(IoEventLoop loop, DescriptorWaiter waiter, Consumer<DeviceEvent> listener) throws IOException {
        events = listener;
        remotes.attach(loop);
        if (fdb != null) {
            fdb.watch(loop, waiter, remotes::setFdb);
        }
        chores = loop.scheduleWithFixedDelay(this::doChores, 1, 1, TimeUnit.SECONDS);
    }

    /** Ends {@link #watch}; harmless without one. */
    public void unwatch() {
        events = event -> { };
        remotes.detach();
        if (fdb != null) {
            fdb.unwatch();
        }
        if (chores != null) {
            chores.cancel(false);
            chores = null;
        }
    }

    private void doChores() {
        seconds++;
        answersLeft = MOST_ANSWERS;
        try {
            doDueChores();
        } catch (OutOfMemoryError | RuntimeException e) {
            // The event loop drops a task for good when it throws.
            LOGGER.warn("{} is not looked after in this second", address, e);
        }
    }

    private void doDueChores() {
        if (seconds % SECONDS_BETWEEN_MEASURES == 0) {
            int now = MacTable.seconds();
            stations.removeAged(now);
            remotes.forgetSilent(now);
            remotesChanged();
        }
        if (seconds % SECONDS_BETWEEN_LOOK_UPS == 0) {
            remotes.lookUp();
        }
        if (fdb != null) {
            fdb.look();
        }
    }

    /** Measures all ways anew. */
    private void remotesChanged() {
        for (Vtep vtep : vteps.all()) {
            vtep.rows = true;
            measure(vtep);
        }
        tellMtu();
    }

    private void measureAnew(Vtep vtep) {
        measure(vtep);
        tellMtu();
    }

    @Override
    public void measure(Vtep vtep) {
        int mtu = sockets.pathMtu(vtep);
        if (mtu > 0) {
            vtep.setPathMtu(mtu);
        }
    }

    private void tellMtu() {
        int least = 0;
        for (Vtep vtep : vteps.all()) {
            least = least == 0 ? vtep.innerMtu() : Math.min(least, vtep.innerMtu());
        }
        int before = innerMtu;
        if (least != before) {
            innerMtu = least;
            if (least != 0) {
                events.accept(new DeviceEvent.MtuChanged(before, least));
            }
        }
    }

    @Override
    public Vtep[] flooded() {
        return vteps.flooded();
    }

    @Override
    public Vtep at(int index) {
        return vteps.at(index);
    }

    @Override
    public int takeErrors(int socket) {
        return errors.read(sockets.sender(socket).descriptor(), undelivered);
    }

    private void undelivered(long high, long low, int error, int info) {
        counters.countUndelivered();
        Vtep vtep = Errno.EMSGSIZE.is(error) ? vteps.find(high, low) : null;
        if (vtep != null) {
            measureAnew(vtep);
        }
    }

    @Override
    public void full(int socket) {
        if (readiness != null) {
            readiness.setFull(socket);
        }
    }

    @Override
    public void tooBig(ByteBuf frame, int at, InnerPacket packet, int longestFrame) {
        int mtu = longestFrame - packet.linkHeader();
        if (answersLeft == 0 || answers.size() == MOST_ANSWERS || !packet.forbidsFragments()
            || !packet.allowsErrors()) {
            return;
        }
        answersLeft--;
        ByteBuf answer;
        try {
            answer = TooBig.answer(frame.alloc(), frame, at, packet, mtu, layout.bytes());
        } catch (OutOfMemoryError | RuntimeException noMemory) {
            // The sender asks again, as it sends the packet again.
            return;
        }
        if (layout.bytes() > 0) {
            layout.clear(answer, 0);
        }
        answers.add(answer);
        counters.countTooBigAnswer();
        if (readiness != null) {
            readiness.readSoon();
        }
    }

    @Override
    public SocketAddress localAddress() {
        return address;
    }

    @Override
    public int descriptor() {
        return -1;
    }

    @Override
    public Readiness readiness(EventLoop loop, DescriptorWaiter waiter, Readiness.Listener listener)
        throws IOException {
        readiness = new TunnelReadiness(sockets, loop, waiter, listener,
            socket -> {
                if (errors.read(socket.descriptor(), undelivered) == 0) {
                    try {
                        socket.takeError();
                    } catch (IOException closed) {
                        listener.failed();
                    }
                }
            });
        return readiness;
    }

    @Override
    public int vnetHeaderLength() {
        return layout.bytes();
    }

    @Override
    public VirtioNetHeader vnetHeader() {
        return layout;
    }

    @Override
    public VirtioNetBackend vnetBackend() {
        boolean none = layout.length() == VnetHeaderLength.NONE;
        VirtioNetOffloads all = none ? VirtioNetOffloads.NONE : VirtioNetOffloads.ALL;
        // A kernel at the other end gives frames as its network stack has them, and cannot be told to finish them.
        return new VirtioNetBackend(EnumSet.of(layout.length()), all, all, none);
    }

    @Override
    public void read(FrameSink sink) {
        while (!answers.isEmpty()) {
            if (!sink.frame(answers.poll())) {
                return;
            }
        }
        if (receiver.read(sockets.receiver(), sink) && sockets.groupReceiver() != null) {
            receiver.read(sockets.groupReceiver(), sink);
        }
    }

    @Override
    public int framesTogether() {
        return SentDatagrams.MOST;
    }

    @Override
    public int writeTogether(ByteBuf[] frames, int count) {
        return sender.writeTogether(frames, count);
    }

    @Override
    public int write(ByteBuf frame) throws IOException {
        DropReason reason = sender.write(frame);
        if (reason != null) {
            throw refusals.computeIfAbsent(reason, r -> new FrameRefusedException(r, address + whyRefused(r)));
        }
        return sender.isFull() ? FULL : WRITTEN;
    }

    private String whyRefused(DropReason reason) {
        return switch (reason) {
            case TOO_LONG -> " refused a frame: it does not fit into a datagram to the other end; set the MTU of the"
                + " interfaces that send through the tunnel to what the channel tells";
            case NO_BUFFERS -> " refused a frame: there is no memory for it";
            case UNREACHABLE -> " refused a frame: there is no other end to send it to, or no way there";
            default -> " refused a frame: it is shorter than an Ethernet header, or its vnet header contradicts it";
        };
    }

    @Override
    public void endOfFlush() {
        // Frames have gone out with their own calls.
    }

    @Override
    public IOException failure() {
        try {
            sockets.receiver().takeError();
            if (sockets.groupReceiver() != null) {
                sockets.groupReceiver().takeError();
            }
            return null;
        } catch (IOException broken) {
            return broken;
        }
    }

    @Override
    public DeviceDrops drops() {
        try {
            long dropped = sockets.receiver().drops();
            return new DeviceDrops(sockets.groupReceiver() == null ? dropped
                : dropped + sockets.groupReceiver().drops(), -1);
        } catch (IOException notKnown) {
            return DeviceDrops.UNKNOWN;
        }
    }

    @Override
    public void close() {
        unwatch();
        if (fdb != null) {
            fdb.close();
        }
        sockets.close();
        answers.forEach(ByteBuf::release);
        answers.clear();
        receiver.free();
        sender.free();
        errors.free();
        vteps.free();
    }
}
